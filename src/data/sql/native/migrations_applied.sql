-- The versions that were applied to their end.
select version from public._sqlx_migrations where success order by version
