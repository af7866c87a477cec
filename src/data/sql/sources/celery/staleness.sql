-- Claimed failed jobs after a given one, longest untouched first. The table has no state before the failure.
-- The last touch is the last retry or the latest dated note.
-- $1 row limit   $2, $3 the previous row: its breach and its job
with taken as (
    select
        f.*,
        {part:label} as known_label,
        greatest({setting:in_progress_minutes}::float8, 1) as allowed,
        -- a note dated in the future is ignored
        greatest(f.failed_at::timestamptz, f.last_retry_at, case when noted.at <= now() then noted.at end) as touched
    from {table:failed_jobs} f
    cross join lateral (
        select substring(
            right(f.remediation_notes::text, 20000)
            from '.*(?:^|\n)\[(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d) UTC\] ') as at
        offset 0
    ) said
    {part:note_instant}
    where {part:in_progress}
),
judged as (
    select
        t.*,
        s.suspect,
        s.minutes,
        case when s.suspect then 'infinity'
            else t.touched + t.allowed * interval '1 minute' end as breaches_at
    from taken t
    cross join lateral (
        select
            t.touched is null or not isfinite(t.touched)
                or t.touched > now() + interval '1 minute' or t.touched < '2000-01-01 00:00+00'
                as suspect,
            case when t.touched between '0001-01-02 00:00+00' and '9999-12-30 00:00+00'
                then extract(epoch from now() - t.touched)::float8 / 60 end as minutes
    ) s
),
page as materialized (
    select *
    from judged
    where (breaches_at, {id:id}) > ($2::timestamptz, $3::uuid)
    order by breaches_at, {id:id}
    limit $1::bigint
)
select
    {id:j.id} as task_uuid,
    coalesce(nullif(btrim(j.queue::text), ''), '(eager)') as namespace_name,
    coalesce(j.task_name::text, 'unknown') as task_name,
    '' as task_version,
    j.known_label as current_state,
    coalesce(j.minutes, 0) as time_in_state_minutes,
    j.allowed as staleness_threshold_minutes,
    coalesce(case when j.failed_at between '0001-01-02 00:00+00' and '9999-12-30 00:00+00'
        then extract(epoch from now() - j.failed_at)::float8 / 60 end, 0) as task_age_minutes,
    0::float8 as max_lifetime_minutes,
    false as lifetime_exceeded,
    j.allowed - coalesce(j.minutes, 0) as minutes_to_breach,
    j.breaches_at,
    case
        when j.suspect then 'unknown'
        when j.minutes >= j.allowed then 'stale'
        when j.minutes >= j.allowed * 0.8 then 'warning'
        else 'healthy'
    end as health_status,
    'alert' as staleness_action,
    false as sweep_takes,
    0 as priority,
    null::text as blocking_step,
    null::uuid as blocking_step_uuid,
    null::text as blocking_step_state,
    coalesce(told.error, left(j.error_type::text, 500)) as blocking_error,
    j.suspect as age_suspect,
    {id:j.id} as pending_entry,
    (hashtextextended(row(
        j.status::text, j.remediation_notes::text, extract(epoch from j.resolved_at),
        j.retry_count, extract(epoch from j.last_retry_at))::text, 0) & 2147483647)::int
        as pending_entry_version,
    case when not j.suspect and j.minutes >= j.allowed then 'untouched' end as condition
from page j
cross join lateral (select j.exception_class, j.error_message, j.traceback) job
{part:job_error}
order by j.breaches_at, {id:j.id}
