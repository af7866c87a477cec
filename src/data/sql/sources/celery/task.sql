-- One failed job, for the top of its detail. The tenant is shown as the initiator.
-- $1 job
select
    {id:f.id} as task_uuid,
    coalesce(nullif(btrim(f.queue::text), ''), '(eager)') as namespace_name,
    coalesce(f.task_name::text, 'unknown') as task_name,
    '' as task_version,
    {part:label} as current_state,
    coalesce(case when {part:closed_job} then
        extract(epoch from now() - closed.at)::float8 / 60 else age.minutes end, 0)
        as time_in_state_minutes,
    case when {part:in_progress}
        then greatest({setting:in_progress_minutes}::float8, 1) end as staleness_threshold_minutes,
    coalesce(age.minutes, 0) as task_age_minutes,
    0 as priority,
    -- a value that is not a uuid is shown in the snapshot only
    coalesce(
        case when f.correlation_id::text ~* '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$'
            then f.correlation_id::text::uuid end,
        case when f.task_id::text ~* '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$'
            then f.task_id::text::uuid end,
        {id:f.id}) as correlation_id,
    coalesce('tenant ' || f.tenant_id::text, 'no tenant') as initiator,
    null::float8 as minutes_since_namespace_finished
from {table:failed_jobs} f
cross join lateral (
    select case when f.failed_at between '0001-01-02 00:00+00' and '9999-12-30 00:00+00'
        then extract(epoch from now() - f.failed_at)::float8 / 60 end as minutes
) age
cross join lateral (
    select case when f.resolved_at between '0001-01-02 00:00+00' and '9999-12-30 00:00+00'
        then f.resolved_at end as at
) closed
where {has_id:f.id = $1::uuid}
