-- Tasks that are stale or could become so, furthest over first.
-- $1 how many rows
with worst as (
    select *
    from v_task_staleness_monitoring
    order by
        array_position(array['stale', 'warning', 'healthy', 'unknown'], health_status),
        breach_ratio desc,
        task_uuid
    limit $1::bigint
)
select
    w.task_uuid,
    w.namespace_name,
    w.task_name,
    w.task_version,
    w.current_state,
    w.time_in_state_minutes,
    w.staleness_threshold_minutes,
    w.task_age_minutes,
    w.max_lifetime_minutes,
    w.lifetime_exceeded,
    w.minutes_to_breach,
    w.health_status,
    w.staleness_action,
    w.sweep_takes,
    w.priority,
    step.step_name as blocking_step,
    step.workflow_step_uuid as blocking_step_uuid,
    step.state as blocking_step_state,
    left(split_part(step.last_error, E'\n', 1), 500) as blocking_error,
    w.age_suspect,
    w.pending_entry,
    w.pending_entry_version
from worst w
left join lateral step_to_act_on(w.task_uuid) step on true
order by
    array_position(array['stale', 'warning', 'healthy', 'unknown'], w.health_status),
    w.breach_ratio desc,
    w.task_uuid
