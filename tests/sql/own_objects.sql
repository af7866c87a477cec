-- What there is in schema dlqtop, and in public; functions that not everybody may execute are closed. Partitions
-- are made as time goes by.
select kind || ' ' || name
from (
    select
        case c.relkind
            when 'v' then 'view' when 'S' then 'sequence' when 'c' then 'type'
            when 'i' then 'index' when 'I' then 'index' else 'table'
        end as kind,
        format('%I.%I', n.nspname, c.relname) as name
    from pg_catalog.pg_class c
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    left join pg_catalog.pg_index i on i.indexrelid = c.oid
    left join pg_catalog.pg_class t on t.oid = i.indrelid
    where n.nspname in ('public', 'dlqtop') and not c.relispartition and not coalesce(t.relispartition, false)
    union all
    select 'type', format('%I.%I', n.nspname, t.typname)
    from pg_catalog.pg_type t
    join pg_catalog.pg_namespace n on n.oid = t.typnamespace
    where n.nspname in ('public', 'dlqtop') and t.typrelid = 0 and t.typcategory <> 'A'
    union all
    select
        case when has_function_privilege('public', p.oid, 'execute') then 'function' else 'closed_function' end,
        format('%I.%I(%s)', n.nspname, p.proname,
               (select string_agg(
                    case when tn.nspname = 'pg_catalog' then format_type(t.oid, null)
                        else format('%I.%I', tn.nspname, t.typname) end, ',' order by place)
                from unnest(p.proargtypes) with ordinality as arguments (argument, place)
                join pg_catalog.pg_type t on t.oid = argument
                join pg_catalog.pg_namespace tn on tn.oid = t.typnamespace))
    from pg_catalog.pg_proc p
    join pg_catalog.pg_namespace n on n.oid = p.pronamespace
    where n.nspname in ('public', 'dlqtop')
) as objects (kind, name)
order by name collate "C", kind
