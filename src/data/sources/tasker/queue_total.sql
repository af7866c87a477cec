-- How many investigations are open, and whether that is an estimate.
-- $1 how many are counted
with counted as (
    select count(*) as n
    from (select from tasker_tasks_dlq where resolution_status = 'pending'
          limit $1::bigint + 1) some
)
select
    case when n <= $1 then n else greatest(n, (
        select max(c.reltuples)::bigint
        from pg_index i
        join pg_class c on c.oid = i.indexrelid
        where i.indrelid = 'tasker_tasks_dlq'::regclass
          and pg_get_expr(i.indpred, i.indrelid) like '%resolution_status = ''pending''%'))
    end as rows,
    n > $1 as is_estimate
from counted
