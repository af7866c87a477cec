-- Arrivals, resolutions and backlog of the last three hours in buckets of five minutes.
with buckets as (
    select date_bin('5 minutes', now(), 'epoch'::timestamptz) - n * interval '5 minutes' as bucket
    from generate_series(0, 35) as n
),
events as (
    select
        date_bin('5 minutes', at, 'epoch'::timestamptz) as bucket,
        count(*) filter (where change = 'arrived') as arrived,
        count(*) filter (where change = 'resolved') as resolved
    from public.v_dlq_events
    -- an event dated in the future belongs to no bucket, and may be out of range for one
    where at > now() - interval '3 hours 5 minutes' and at < now() + interval '5 minutes'
    group by 1
),
counted as (
    select b.bucket, coalesce(e.arrived, 0) as arrived, coalesce(e.resolved, 0) as resolved
    from buckets b
    left join events e using (bucket)
),
present as (
    select coalesce(sum(entries), 0)::bigint as pending
    from public.v_dlq_counts
    where resolution_status = 'pending'
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
