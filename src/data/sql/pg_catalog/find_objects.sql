-- The relations, columns and enum labels among these that exist. An unqualified name means the first match in
-- these schemas. Of a column: its type, null if the relation lacks it, and whether that is one of the types that
-- are wanted, by a name that the server gives it; `any` is any type.
-- $1 relations   $2 columns, as `relation.column type`, or `… type or type`   $3 labels of enums, as type.label
-- $4 the schemas of the search path, in order
with asked as (
    select 'relation' as kind, name, string_to_array(name, '.') as parts, 0 as more, null::text[] as types
    from unnest($1::text[]) as name
    union all
    select
        'column', name, string_to_array(split_part(name, ' ', 1), '.'), 1,
        string_to_array(substr(name, length(split_part(name, ' ', 1)) + 2), ' or ')
    from unnest($2::text[]) as name
    union all
    select 'label', name, string_to_array(name, '.'), 1, null
    from unnest($3::text[]) as name
),
named as (
    select
        kind,
        name,
        types,
        case when cardinality(parts) - more > 1 then parts[1] end as schema,
        parts[cardinality(parts) - more] as object,
        case when more = 1 then parts[cardinality(parts)] end as part
    from asked
)
select distinct on (a.kind, a.name)
    a.kind,
    a.name,
    s.nspname::text as schema,
    quote_ident(s.nspname) as schema_quoted,
    a.object,
    format('%I.%I', s.nspname, a.object) as quoted,
    found.type,
    found.fits
from named a
join pg_catalog.pg_namespace s
    on s.nspname = any(case when a.schema is null then $4::text[] else array[a.schema] end)
cross join lateral (
    select format_type(y.oid, null) as type,
        y.oid is null or y.typname = any(a.types) or format_type(y.oid, null) = any(a.types) or 'any' = any(a.types)
            as fits
    from pg_catalog.pg_class c
    left join pg_catalog.pg_attribute t
        on t.attrelid = c.oid and t.attname = a.part and t.attnum > 0 and not t.attisdropped
    left join pg_catalog.pg_type y on y.oid = t.atttypid
    where a.kind in ('relation', 'column')
      and c.relnamespace = s.oid and c.relname = a.object and c.relkind in ('r', 'p', 'v', 'm', 'f')
    union all
    select null, true
    from pg_catalog.pg_type t
    join pg_catalog.pg_enum e on e.enumtypid = t.oid
    where a.kind = 'label' and t.typnamespace = s.oid and t.typname = a.object and e.enumlabel = a.part
) found
order by a.kind, a.name, array_position($4::text[], s.nspname::text)
