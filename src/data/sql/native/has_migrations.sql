-- Whether this database has the list of applied migrations, and whether it has one where pre-releases kept it,
-- with their settings. Only plain tables count: anything else could run what its owner wants.
with tables as (
    select n.nspname, c.relname
    from pg_catalog.pg_class c
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    where c.relkind = 'r' and not c.relrowsecurity
)
select
    exists (select from tables where nspname = 'dlqtop' and relname = 'migrations') as has_list,
    exists (select from tables where nspname = 'public' and relname = '_sqlx_migrations')
        and exists (select from tables where nspname = 'dlqtop' and relname = 'settings') as has_old_list
