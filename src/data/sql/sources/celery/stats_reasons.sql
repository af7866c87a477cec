-- Failed jobs by error, with the resolution times of the latest ten thousand that were resolved.
-- Grouped before the name is derived, so that this happens once a group and not once a job.
with kinds as materialized (
    select
        f.error_type,
        f.exception_class,
        f.status,
        count(*) as jobs,
        min(f.failed_at::timestamptz) filter (where {part:believed}) as oldest,
        max(f.failed_at::timestamptz) filter (where {part:believed}) as newest
    from {table:failed_jobs} f
    group by f.error_type, f.exception_class, f.status
),
named as (
    select
        left(coalesce(
            nullif(btrim(f.error_type::text), ''),
            nullif(substring(f.exception_class::text from '[^.]+$'), ''),
            'unknown'), 100) as reason,
        {part:label} as label,
        f.jobs, f.oldest, f.newest
    from kinds f
),
counted as (
    select
        reason,
        sum(jobs) as total,
        coalesce(sum(jobs) filter (where label not in ('resolved', 'abandoned')), 0) as pending,
        coalesce(sum(jobs) filter (where label = 'resolved'), 0) as resolved,
        coalesce(sum(jobs) filter (where label = 'abandoned'), 0) as abandoned,
        min(oldest) as oldest,
        max(newest) as newest
    from named
    group by reason
),
-- error names are unlimited, so rare ones are counted together
ranked as (
    select
        c.*,
        case when row_number() over (order by pending desc, total desc, reason) <= 40
            then reason else '(all others)' end as shown
    from counted c
),
-- The earliest resolution among ten thousand of the last twenty thousand failures that are resolved: at least
-- ten thousand jobs were resolved at or after it, so the latest ten thousand are among those and earlier ones
-- need not be sorted.
near as materialized (
    select case when count(*) = 10000 then min(resolved_at) else '-infinity' end as since
    from (
        select resolved_at
        from (
            select status, resolved_at, failed_at
            from {table:failed_jobs}
            order by failed_at desc
            limit 20000
        ) f
        where {part:label} = 'resolved'
          and isfinite(resolved_at) and isfinite(failed_at) and resolved_at >= failed_at
        limit 10000
    ) few
),
latest as (
    select
        left(coalesce(
            nullif(btrim(f.error_type::text), ''),
            nullif(substring(f.exception_class::text from '[^.]+$'), ''),
            'unknown'), 100) as reason,
        extract(epoch from f.resolved_at - f.failed_at)::float8 / 60 as minutes
    from {table:failed_jobs} f
    where f.resolved_at >= (select since from near)
      and {part:label} = 'resolved'
      and isfinite(f.resolved_at) and isfinite(f.failed_at)
      and f.resolved_at >= f.failed_at
    order by f.resolved_at desc
    limit 10000
),
times as (
    select
        r.shown,
        avg(l.minutes)::float8 as mean,
        percentile_cont(0.5) within group (order by l.minutes)::float8 as p50,
        percentile_cont(0.9) within group (order by l.minutes)::float8 as p90
    from latest l
    join ranked r using (reason)
    group by r.shown
)
select
    r.shown as dlq_reason,
    sum(r.total)::bigint as total_entries,
    sum(r.pending)::bigint as pending,
    sum(r.resolved)::bigint as manually_resolved,
    sum(r.abandoned)::bigint as permanent_failures,
    0::bigint as cancelled,
    min(r.oldest) as oldest_entry,
    max(r.newest) as newest_entry,
    max(t.mean) as avg_resolution_time_minutes,
    max(t.p50) as p50_resolution_time_minutes,
    max(t.p90) as p90_resolution_time_minutes
from ranked r
left join times t using (shown)
group by r.shown
order by pending desc, total_entries desc, dlq_reason
