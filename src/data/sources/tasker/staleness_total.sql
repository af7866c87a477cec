-- How many tasks the staleness list would hold without its limit, and whether that is an estimate.
-- $1 how many are counted
with counted as (
    select count(*) as n
    from (select from v_task_staleness_monitoring limit $1::bigint + 1) some
)
select
    case when n <= $1 then n else greatest(n, (
        select reltuples::bigint from pg_class where oid = to_regclass('dlqtop.deadlines')))
    end as rows,
    n > $1 as is_estimate
from counted
