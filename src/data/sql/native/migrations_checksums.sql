-- Each migration as it was applied.
select version, checksum from public._sqlx_migrations where success order by version
