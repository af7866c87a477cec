-- What the layout lacks: an index for claiming tasks, and a constraint against enqueueing the same work twice.
-- Reads system catalogs only.
with indexes as (
    select
        i.indrelid::regclass as relation,
        i.indexrelid::regclass as name,
        i.indisvalid and i.indisready as is_good,
        i.indisunique,
        pg_get_expr(i.indpred, i.indrelid) as predicate,
        array(
            select a.attname::text
            from unnest(i.indkey::int[]) with ordinality as k (attnum, place)
            join pg_attribute a on a.attrelid = i.indrelid and a.attnum = k.attnum
            order by k.place
        ) as columns
    from pg_type y
    join pg_index i on i.indrelid = y.typrelid
    where y.oid = pg_typeof(null::{table:tasks})
),
tasks as (
    select y.typrelid::regclass as relation
    from pg_type y
    where y.oid = pg_typeof(null::{table:tasks})
),
-- an index on pending tasks, or one that starts with the status
claims as (
    select
        coalesce(bool_or(is_good), false) as is_there,
        min(name::text) filter (where not is_good) as broken
    from indexes
    where predicate like '%pending%' or (predicate is null and columns[1] = 'status')
),
once as (
    select coalesce(bool_or(is_good and indisunique), false) as is_there
    from indexes
    where predicate is null and columns @> array['type', 'idempotency_key'] and cardinality(columns) = 2
)
select
    'wrong' as level,
    format('the index for claims, %s, is not valid: each claim reads the whole table', c.broken) as what,
    format('reindex index concurrently %s', c.broken) as first,
    '{}'::text[] as details
from claims c
where not c.is_there and c.broken is not null
union all
select
    'warning',
    'there is no index for claims: each claim reads the whole table',
    format('create index concurrently on %s (priority desc, created_at) where status = ''pending''', t.relation),
    '{}'
from claims c
cross join tasks t
where not c.is_there and c.broken is null
union all
select
    'warning',
    'nothing keeps a task of the same type and idempotency key from being enqueued twice',
    format('create unique index concurrently on %s (type, idempotency_key)', t.relation),
    '{}'
from once o
cross join tasks t
where not o.is_there
union all
select 'warning', 'an index is not valid: writers pay for it and nobody can use it',
       'reindex index concurrently NAME', array_agg(i.name::text order by i.name::text)
from indexes i
cross join claims c
where not i.is_good and (c.is_there or c.broken is distinct from i.name::text)
having count(*) > 0
