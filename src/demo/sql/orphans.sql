-- Running steps of healthy tasks in a namespace, with the time until their task becomes stale.
-- $1 text: namespace
select
    s.workflow_step_uuid,
    st.processor,
    a.minutes_to_breach * 60 as seconds_left
from public.v_task_staleness_monitoring a
join public.tasker_workflow_steps s on s.task_uuid = a.task_uuid
join public.tasker_workflow_step_transitions st
    on st.workflow_step_uuid = s.workflow_step_uuid and st.most_recent
where a.namespace_name = $1::text
  and a.current_state = 'steps_in_process'
  and a.health_status = 'healthy'
  and a.time_in_state_minutes < 0.75 * a.staleness_threshold_minutes
  and st.to_state = 'in_progress'
order by st.created_at, s.workflow_step_uuid
