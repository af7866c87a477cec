-- How many tasks the staleness list would hold without its limit: counted, or if they are many as
-- the planner estimates them.
-- $1 how many are counted
with about as (
    select reltuples::bigint as n from pg_class where oid = to_regclass('dlqtop.deadlines')
)
select
    case when n > $1::bigint then n
        else (select coalesce(sum(stale + warning + healthy + suspect), 0)::bigint
              from v_staleness_counts)
    end as rows,
    n > $1 as is_estimate
from about
