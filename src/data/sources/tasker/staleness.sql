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
left join lateral (
    select s.step_name, s.workflow_step_uuid, st.to_state as state, s.last_error
    from tasker_workflow_steps s
    join tasker_workflow_step_transitions st
        on st.workflow_step_uuid = s.workflow_step_uuid and st.most_recent
    where s.task_uuid = w.task_uuid
      and st.to_state not in ('complete', 'resolved_manually', 'cancelled')
    order by array_position(
                 array['error', 'waiting_for_retry', 'in_progress', 'enqueued', 'pending'],
                 st.to_state),
             s.step_number, s.workflow_step_uuid
    limit 1
) step on true
order by
    array_position(array['stale', 'warning', 'healthy', 'unknown'], w.health_status),
    w.breach_ratio desc,
    w.task_uuid
