-- Whether the companion schema exists and is complete, and what the current role may do with it. Reads system
-- catalogs only.
-- $1 the tables of the schema
with own as (
    select oid, nspowner from pg_catalog.pg_namespace where nspname = 'dlqtop'
),
tables as (
    select c.oid, c.relname
    from pg_catalog.pg_class c
    join own on own.oid = c.relnamespace
    where c.relname = any($1::text[]) and c.relkind = 'r'
)
select
    current_user::text as role,
    current_database()::text as database,
    quote_ident(current_user) as role_quoted,
    quote_ident(current_database()) as database_quoted,
    exists (select from own) as schema_is_there,
    (select count(*) from tables) = cardinality($1::text[]) as is_whole,
    coalesce((select pg_has_role(nspowner, 'usage') from own), false) as is_mine,
    coalesce((select pg_get_userbyid(nspowner)::text from own), '') as owner,
    has_database_privilege(current_database(), 'create') as may_create,
    coalesce((select has_schema_privilege(oid, 'usage') from own), false)
        and coalesce((select bool_and(has_table_privilege(oid, 'select')) from tables), false) as may_read,
    coalesce((select has_schema_privilege(oid, 'usage') from own), false)
        -- of the log and the notes, only the columns that a program fills
        and coalesce((select bool_and(has_any_column_privilege(oid, 'insert')) from tables
                      where relname not in ('installed', 'actors')), false)
        and coalesce((select bool_and(has_table_privilege(oid, 'delete')) from tables
                      where relname in ('claims', 'snoozes', 'samples')), false)
        and coalesce((select bool_and(has_table_privilege(oid, 'update')) from tables
                      where relname in ('claims', 'snoozes')), false) as may_write,
    -- objects that dlqtop did not make
    array(
        select c.relname::text from pg_catalog.pg_class c
        join own on own.oid = c.relnamespace
        where c.relkind in ('r', 'p', 'v', 'm', 'f', 'S') and c.relname <> all($1::text[])
          -- the sequence of a column is dropped with it
          and not exists (select from pg_catalog.pg_depend d
                          where d.classid = 'pg_catalog.pg_class'::regclass and d.objid = c.oid
                            and d.deptype in ('a', 'i') and d.refobjsubid > 0)
        union all
        select p.proname || '()' from pg_catalog.pg_proc p
        join own on own.oid = p.pronamespace
        where p.proname not in ('refuse_rewriting', 'sign')
        union all
        select t.typname::text from pg_catalog.pg_type t
        join own on own.oid = t.typnamespace
        where t.typrelid = 0 and t.typelem = 0
        order by 1
        limit 10
    ) as strangers
