-- Arrivals of dead letters in the last three hours in buckets of five minutes, and the backlog at the end of
-- each as far as its entries are still open. Requeued tasks leave no record.
with buckets as (
    select date_bin('5 minutes', now(), 'epoch'::timestamptz) - n * interval '5 minutes' as bucket
    from generate_series(0, 35) as n
),
dead as (
    select coalesce(completed_at, updated_at, started_at, claimed_at, created_at)::timestamptz as at
    from {part:dead_tasks} given_up
),
arrivals as (
    select
        case when at > now() - interval '3 hours 5 minutes' and at <= now()
            then date_bin('5 minutes', at, 'epoch'::timestamptz) end as bucket,
        count(*) as arrived
    from dead
    group by 1
),
counted as (
    select b.bucket, coalesce(a.arrived, 0) as arrived
    from buckets b
    left join arrivals a using (bucket)
)
select
    c.bucket,
    c.arrived,
    null::bigint as resolved,
    greatest(0, (select sum(arrived) from arrivals) - coalesce(sum(c.arrived) over (
        order by c.bucket desc
        rows between unbounded preceding and 1 preceding), 0))::bigint as pending
from counted c
order by c.bucket
