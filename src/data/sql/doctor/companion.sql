-- Whether the companion schema is installed, and whether the current role may use it.
with own as (
    select oid, nspowner from pg_catalog.pg_namespace where nspname = 'dlqtop'
),
tables as (
    select c.oid, c.relname from pg_catalog.pg_class c join own on own.oid = c.relnamespace
    where c.relkind in ('r', 'p')
),
there as (
    select
        exists (select from own) as schema,
        exists (select from tables where relname = 'installed') as installed,
        exists (select from tables where relname = 'settings') as native,
        coalesce((select has_schema_privilege(oid, 'usage') from own), false)
            and coalesce((select bool_and(has_table_privilege(oid, 'select')) from tables), false) as may_read,
        coalesce((select has_schema_privilege(oid, 'usage') from own), false)
            and coalesce((select bool_and(has_table_privilege(oid, 'insert')) from tables
                          where relname <> 'installed'), false) as may_write
)
select
    case
        when not schema or native or (installed and may_read and may_write) then 'fine'
        else 'warning'
    end as level,
    case
        when native then 'notes, claims, snoozes and the log are part of Tasker''s schema'
        when not schema then 'nothing is installed: no notes, claims, snoozes or log beside another system'
        when not installed then 'there is a schema dlqtop that `dlqtop install` did not make'
        when may_read and may_write then '`dlqtop install` has made the schema dlqtop, and you may use it'
        when may_read then 'you may read what is kept in the schema dlqtop, and not add to it'
        else 'you may not use the schema dlqtop'
    end as what,
    case
        when installed and not native and not (may_read and may_write) then
            format('as its owner, %s: dlqtop install --grant %s',
                   (select pg_get_userbyid(nspowner) from own), quote_ident(current_user))
    end as first,
    '{}'::text[] as details
from there
