-- The steps of some tasks, in the order of the template.
-- $1 tasks
select
    wanted.task_uuid,
    s.workflow_step_uuid,
    s.step_name,
    s.current_state,
    {error:s.last_error} as last_error
from unnest($1::uuid[]) as wanted (task_uuid)
cross join lateral dlqtop.task_steps(wanted.task_uuid) s
order by wanted.task_uuid, s.step_number, s.workflow_step_uuid
