-- Tasks that are stale or could become so, after a given one: longest overdue first, then what is due next.
-- $1 row limit   $2, $3 the previous row: its breach and its task
select
    task_uuid,
    namespace_name,
    task_name,
    task_version,
    current_state,
    time_in_state_minutes,
    staleness_threshold_minutes,
    task_age_minutes,
    max_lifetime_minutes,
    lifetime_exceeded,
    minutes_to_breach,
    breaches_at,
    health_status,
    staleness_action,
    sweep_takes,
    priority,
    blocking_step,
    blocking_step_uuid,
    blocking_step_state,
    {error:blocking_error} as blocking_error,
    age_suspect,
    pending_entry,
    pending_entry_version,
    null::text as condition
from public.v_staleness_list
where (breaches_at, task_uuid) > ($2::timestamptz, $3::uuid)
order by breaches_at, task_uuid
limit $1::bigint
