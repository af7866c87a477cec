-- How many tasks the staleness list would hold without its limit: counted, or if there are many, estimated from
-- the planner's statistics. These may include pending tasks that are not yet due.
-- $1 count limit
with counted as (
    select count(*) as n
    from (
        select
        from {table:tasks} t
        where t.status in ('claimed', 'running')
           or (t.status = 'pending' and (t.next_retry_at is null or t.next_retry_at <= now()))
        limit $1::bigint + 1
    ) few
),
estimated as (
    select (c.reltuples * (
        select coalesce(sum(f.frequency), 0)
        from pg_stats s
        cross join lateral unnest(
            s.most_common_vals::text::text[], s.most_common_freqs) f (label, frequency)
        where s.schemaname = n.nspname and s.tablename = c.relname and s.attname = 'status'
          and f.label in ('pending', 'claimed', 'running')))::bigint as n
    from pg_type y
    join pg_class c on c.oid = y.typrelid
    join pg_namespace n on n.oid = c.relnamespace
    where y.oid = pg_typeof(null::{table:tasks})
)
select
    case when c.n > $1::bigint then greatest(c.n, e.n) else c.n end as rows,
    c.n > $1::bigint as is_estimate
from counted c
cross join estimated e
