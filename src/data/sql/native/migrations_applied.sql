-- The versions of the migrations that were applied completely.
select version from public._sqlx_migrations where success order by version
