-- Whether this database has the list of applied migrations, and whether it has one where pre-releases kept it.
-- Only tables count: a view could run anything.
select
    exists (
        select from pg_catalog.pg_class c
        join pg_catalog.pg_namespace n on n.oid = c.relnamespace
        where n.nspname = 'dlqtop' and c.relname = 'migrations' and c.relkind = 'r'
    ) as has_list,
    exists (
        select from pg_catalog.pg_class c
        join pg_catalog.pg_namespace n on n.oid = c.relnamespace
        join pg_catalog.pg_namespace own on own.nspname = 'dlqtop'
        where n.nspname = 'public' and c.relname = '_sqlx_migrations' and c.relkind = 'r'
          and c.relowner = own.nspowner
    ) as has_old_list
