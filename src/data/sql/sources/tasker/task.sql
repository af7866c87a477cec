-- One task, for the top of its detail. How many other entries have the same error is counted from same_error.
-- $1 task
select
    t.task_uuid,
    t.namespace_name,
    t.task_name,
    t.task_version,
    t.current_state,
    coalesce(dlqtop.minutes_between(t.state_since, now()), 0) as time_in_state_minutes,
    a.staleness_threshold_minutes,
    coalesce(dlqtop.minutes_between(t.created_at, now()), 0) as task_age_minutes,
    t.priority,
    t.correlation_id,
    t.initiator,
    dlqtop.minutes_between(n.last_finished_at, now()) as minutes_since_namespace_finished
from public.v_task_summary t
left join public.v_task_state_analysis a on a.task_uuid = t.task_uuid
left join public.v_namespace_activity n on n.task_namespace_uuid = t.task_namespace_uuid
where t.task_uuid = $1::uuid
