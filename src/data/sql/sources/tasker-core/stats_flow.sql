-- Arrivals, resolutions and backlog of the last three hours in buckets of five minutes.
with buckets as (
    select date_bin('5 minutes', now(), 'epoch'::timestamptz) - n * interval '5 minutes' as bucket
    from generate_series(0, 35) as n
),
events as (
    select
        date_bin('5 minutes', at at time zone 'UTC', 'epoch'::timestamptz) as bucket,
        count(*) filter (where change = 'arrived') as arrived,
        count(*) filter (where change = 'resolved') as resolved
    from (
        select dlq_timestamp as at, 'arrived' as change
        from {table:tasks_dlq}
        where dlq_timestamp > now() at time zone 'UTC' - interval '3 hours 5 minutes'
          and dlq_timestamp <= now() at time zone 'UTC'
        union all
        select resolution_timestamp, 'resolved'
        from {table:tasks_dlq}
        where resolution_timestamp > now() at time zone 'UTC' - interval '3 hours 5 minutes'
          and resolution_timestamp <= now() at time zone 'UTC'
          and resolution_status <> 'pending'
    ) late
    group by 1
),
counted as (
    select b.bucket, coalesce(e.arrived, 0) as arrived, coalesce(e.resolved, 0) as resolved
    from buckets b
    left join events e using (bucket)
),
present as (
    select count(*) as pending from {table:tasks_dlq} where resolution_status = 'pending'
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
