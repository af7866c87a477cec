-- Arrivals, resolutions and backlog of the last three hours in buckets of five minutes.
with buckets as (
    select date_bin('5 minutes', now(), 'epoch'::timestamptz) - n * interval '5 minutes' as bucket
    from generate_series(0, 35) as n
),
counted as (
    select
        b.bucket,
        (select count(*) from tasker_tasks_dlq
         where dlq_timestamp >= b.bucket
           and dlq_timestamp < b.bucket + interval '5 minutes') as arrived,
        (select count(*) from tasker_tasks_dlq
         where resolution_timestamp >= b.bucket
           and resolution_timestamp < b.bucket + interval '5 minutes') as resolved
    from buckets b
),
present as (
    select count(*) as pending from tasker_tasks_dlq where resolution_status = 'pending'
)
select
    c.bucket,
    c.arrived,
    c.resolved,
    greatest(0, p.pending - coalesce(sum(c.arrived - c.resolved) over (
        order by c.bucket desc
        rows between unbounded preceding and 1 preceding), 0))::bigint as pending
from counted c
cross join present p
order by c.bucket
