-- How many tasks the staleness list would hold without its limit: counted, or if there are many, the planner's
-- estimate of those that are not complete.
-- $1 count limit
with counted as (
    select count(*) as n
    from (
        select
        from {table:tasks} t
        {part:current_state}
        where t.complete = false
          and {part:watched}
        limit $1::bigint + 1
    ) enough
),
about as (
    -- the size of the index on tasks that are not complete
    select coalesce(max(c.reltuples), 0)::bigint as n
    from pg_index i
    join pg_class c on c.oid = i.indexrelid
    where i.indrelid = '{table:tasks}'::regclass
      and pg_get_expr(i.indpred, i.indrelid) = '(complete = false)'
)
select
    case when c.n > $1::bigint then greatest(a.n, c.n) else c.n end as rows,
    c.n > $1::bigint as is_estimate
from counted c
cross join about a
