-- How many tasks the staleness list would hold without its limit: counted, or if there are many, estimated by
-- the planner.
-- $1 count limit
with about as (
    -- by name, because a role that may only read the views cannot look into the schema
    select coalesce(max(c.reltuples), 0)::bigint as n
    from pg_class c
    join pg_namespace s on s.oid = c.relnamespace
    where s.nspname = 'dlqtop' and c.relname = 'deadlines'
)
select
    case when n > $1::bigint then n else (select tasks from public.v_staleness_total) end as rows,
    n > $1 as is_estimate
from about
