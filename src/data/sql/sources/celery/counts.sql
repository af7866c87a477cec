-- The numbers of the header and of the wall. A time of failure that cannot be is no age: the job is open, and
-- counted as suspect.
with open_jobs as materialized (
    select
        {part:label} as label,
        case when f.failed_at between '0001-01-02 00:00+00' and '9999-12-30 00:00+00'
            then f.failed_at end::timestamptz as failed_at,
        {part:believed} as believed,
        f.last_retry_at::timestamptz as last_retry_at,
        f.remediation_notes::text as notes
    from {table:failed_jobs} f
    where {part:open_job}
),
taken as (
    select
        o.believed,
        greatest({setting:in_progress_minutes}::float8, 1) as allowed,
        greatest(o.failed_at, o.last_retry_at, case when noted.at <= now() then noted.at end) as touched
    from open_jobs o
    cross join lateral (
        select substring(
            right(o.notes, 20000)
            from '.*(?:^|\n)\[(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d) UTC\] ') as at
        offset 0
    ) said
    {part:note_instant}
    where o.label = 'in_progress'
),
health as (
    select
        count(*) filter (where not suspect and minutes >= allowed) as stale,
        count(*) filter (where not suspect and minutes < allowed and minutes >= allowed * 0.8)
            as warning,
        count(*) filter (where not suspect and minutes < allowed * 0.8) as healthy,
        count(*) filter (where suspect and believed) as suspect
    from taken t
    cross join lateral (
        select
            t.touched is null or not isfinite(t.touched)
                or t.touched > now() + interval '1 minute' or t.touched < '2000-01-01 00:00+00'
                as suspect,
            case when isfinite(t.touched)
                then extract(epoch from now() - t.touched)::float8 / 60 end as minutes
    ) s
),
waiting as (
    select
        count(*) as pending,
        count(*) filter (where label <> 'in_progress') as unowned,
        count(*) filter (where not believed) as suspect,
        extract(epoch from now() - min(failed_at) filter (where believed))::float8 / 60 as oldest,
        extract(epoch from now() - min(failed_at) filter (where believed and label <> 'in_progress'))::float8 / 60
            as oldest_unowned
    from open_jobs
),
-- every arrival and resolution of the last three hours, to calculate the backlog before it
events as materialized (
    select f.failed_at::timestamptz as at, 1 as n
    from {table:failed_jobs} f
    where f.failed_at > now() - interval '3 hours' and f.failed_at <= now()
    union all
    select f.resolved_at, -1
    from {table:failed_jobs} f
    -- the bounds are evaluated once and not per row: without an index this reads the whole table
    where f.resolved_at > (select now() - interval '3 hours') and f.resolved_at <= (select now())
      and {part:closed_job}
),
backlog as (
    select
        e.at,
        w.pending - sum(e.n) over (
            order by e.at desc, e.n
            rows between unbounded preceding and current row) as before
    from events e
    cross join waiting w
)
select
    h.stale,
    h.warning,
    h.healthy,
    h.suspect + w.suspect as suspect,
    w.suspect as suspect_entries,
    w.pending,
    w.unowned,
    0::bigint as snoozed,
    w.oldest as oldest_pending_minutes,
    w.oldest_unowned as oldest_unowned_minutes,
    (select count(*) from events where n = 1 and at > now() - interval '1 hour')
        as arrived_last_hour,
    (select count(*) from events where n = -1 and at > now() - interval '1 hour')
        as resolved_last_hour,
    -- since the last arrival that took the backlog over 50; three hours if there was none
    case when w.pending > 50 then coalesce(
        (select extract(epoch from now() - max(b.at))::float8 / 60 from backlog b
         where b.before <= 50),
        180)
    end as backlog_minutes,
    0::bigint as template_warnings,
    null::float8 as seconds_since_sweep,
    null::float8 as usual_sweep_gap_seconds
from health h
cross join waiting w
