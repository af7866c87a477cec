-- The checksum of each applied migration.
select version, checksum from public._sqlx_migrations where success order by version
