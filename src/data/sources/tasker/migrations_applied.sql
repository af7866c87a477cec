-- The versions that were applied to their end.
select version from _sqlx_migrations where success order by version
