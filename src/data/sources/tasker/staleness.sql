-- Tasks that are stale or could become so behind a key: the most overdue first, then the next to
-- breach.
-- $1 how many rows   $2, $3 the instant of breach and the task of the row before
with page as (
    select *
    from v_task_staleness_monitoring
    where (breaches_at, task_uuid) > ($2::timestamptz, $3::uuid)
    order by breaches_at, task_uuid
    limit $1::bigint
)
select
    p.task_uuid,
    p.namespace_name,
    p.task_name,
    p.task_version,
    p.current_state,
    p.time_in_state_minutes,
    p.staleness_threshold_minutes,
    p.task_age_minutes,
    p.max_lifetime_minutes,
    p.lifetime_exceeded,
    p.minutes_to_breach,
    p.breaches_at,
    p.health_status,
    p.staleness_action,
    p.sweep_takes,
    p.priority,
    step.step_name as blocking_step,
    step.workflow_step_uuid as blocking_step_uuid,
    step.state as blocking_step_state,
    left(split_part(step.last_error, E'\n', 1), 500) as blocking_error,
    p.age_suspect,
    p.pending_entry,
    p.pending_entry_version
from page p
left join lateral step_to_act_on(p.task_uuid) step on true
order by p.breaches_at, p.task_uuid
