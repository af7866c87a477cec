-- The objects of others that have the names of objects that are still to be created. A table, view, index or
-- sequence needs a name that no type has either, because each has a type of its name. A function is another one
-- if its arguments are.
-- $1 names of relations and types, with their schemas   $2 functions, with their schemas and arguments
select
    case c.relkind
        when 'v' then 'view' when 'm' then 'materialized view' when 'S' then 'sequence'
        when 'f' then 'foreign table' when 'c' then 'type'
        when 'i' then 'index' when 'I' then 'index' else 'table'
    end as kind,
    format('%I.%I', n.nspname, c.relname) as name,
    pg_get_userbyid(c.relowner)::text as owner
from pg_catalog.pg_class c
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
where format('%I.%I', n.nspname, c.relname) = any($1::text[])
union all
select 'type', format('%I.%I', n.nspname, t.typname), pg_get_userbyid(t.typowner)
from pg_catalog.pg_type t
join pg_catalog.pg_namespace n on n.oid = t.typnamespace
where t.typrelid = 0 and format('%I.%I', n.nspname, t.typname) = any($1::text[])
union all
select 'function', s.signature, pg_get_userbyid(p.proowner)
from pg_catalog.pg_proc p
join pg_catalog.pg_namespace n on n.oid = p.pronamespace
cross join lateral (
    select format('%I.%I(%s)', n.nspname, p.proname,
                  (select string_agg(
                       case when tn.nspname = 'pg_catalog' then format_type(t.oid, null)
                           else format('%I.%I', tn.nspname, t.typname) end, ',' order by place)
                   from unnest(p.proargtypes) with ordinality as arguments (argument, place)
                   join pg_catalog.pg_type t on t.oid = argument
                   join pg_catalog.pg_namespace tn on tn.oid = t.typnamespace)) as signature
) s
where n.nspname in ('public', 'dlqtop') and s.signature = any($2::text[])
union all
select 'schema', n.nspname, pg_get_userbyid(n.nspowner)
from pg_catalog.pg_namespace n
where n.nspname = 'dlqtop'
  and not exists (select from pg_catalog.pg_class c
                  where c.relnamespace = n.oid and c.relname = 'migrations' and c.relkind = 'r')
order by 1, 2
