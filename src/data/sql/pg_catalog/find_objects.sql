-- The relations, columns and enum labels among these that exist. An unqualified name means the first match in
-- the search path.
-- $1 relations   $2 columns, as relation.column   $3 labels of enums, as type.label
with asked as (
    select 'relation' as kind, name, string_to_array(name, '.') as parts, 0 as more
    from unnest($1::text[]) as name
    union all
    select 'column', name, string_to_array(name, '.'), 1
    from unnest($2::text[]) as name
    union all
    select 'label', name, string_to_array(name, '.'), 1
    from unnest($3::text[]) as name
),
named as (
    select
        kind,
        name,
        case when cardinality(parts) - more > 1 then parts[1] end as schema,
        parts[cardinality(parts) - more] as object,
        case when more = 1 then parts[cardinality(parts)] end as part
    from asked
)
select distinct on (a.kind, a.name)
    a.kind,
    a.name,
    format('%I.%I', s.nspname, a.object) as quoted
from named a
join pg_catalog.pg_namespace s
    on s.nspname = any(case when a.schema is null then current_schemas(false) else array[a.schema] end)
where case a.kind
    when 'relation' then exists (
        select from pg_catalog.pg_class c
        where c.relnamespace = s.oid and c.relname = a.object
          and c.relkind in ('r', 'p', 'v', 'm', 'f'))
    when 'column' then exists (
        select from pg_catalog.pg_class c
        join pg_catalog.pg_attribute t on t.attrelid = c.oid
        where c.relnamespace = s.oid and c.relname = a.object
          and t.attname = a.part and t.attnum > 0 and not t.attisdropped)
    else exists (
        select from pg_catalog.pg_type t
        join pg_catalog.pg_enum e on e.enumtypid = t.oid
        where t.typnamespace = s.oid and t.typname = a.object and e.enumlabel = a.part)
    end
order by a.kind, a.name, array_position(current_schemas(false), s.nspname)
