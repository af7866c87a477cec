-- Delays the start of a step of a new task.
-- $1 uuid: task, $2 text: step, $3 float8: seconds from now
update public.tasker_workflow_steps
set next_retry_at = now() + $3::float8 * interval '1 second'
where task_uuid = $1::uuid
  and step_name = $2::text
