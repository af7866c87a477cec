-- Failures, resolutions and backlog of the last three hours in buckets of five minutes.
with buckets as (
    select date_bin('5 minutes', now(), 'epoch'::timestamptz) - n * interval '5 minutes' as bucket
    from generate_series(0, 35) as n
),
events as (
    select f.failed_at::timestamptz as at, 1 as arrived, 0 as resolved
    from {table:failed_jobs} f
    where f.failed_at > now() - interval '3 hours 5 minutes' and f.failed_at <= now()
    union all
    select f.resolved_at, 0, 1
    from {table:failed_jobs} f
    -- the bounds are evaluated once and not per row: without an index this reads the whole table
    where f.resolved_at > (select now() - interval '3 hours 5 minutes') and f.resolved_at <= (select now())
      and {part:closed_job}
),
counted as (
    select
        b.bucket,
        coalesce(sum(e.arrived), 0)::bigint as arrived,
        coalesce(sum(e.resolved), 0)::bigint as resolved
    from buckets b
    left join events e on date_bin('5 minutes', e.at, 'epoch'::timestamptz) = b.bucket
    group by b.bucket
),
present as (
    select count(*) as pending
    from {table:failed_jobs} f
    where {part:open_job}
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
