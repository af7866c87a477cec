-- The steps of some tasks, in the order of their creation.
-- $1 tasks
select
    step.task_uuid,
    step.workflow_step_uuid,
    n.name::text as step_name,
    coalesce(st.to_state, 'pending')::text as current_state,
    {error:failure.error} as last_error
from {table:workflow_steps} step
join {table:named_steps} n using (named_step_uuid)
left join {table:workflow_step_transitions} st
    on st.workflow_step_uuid = step.workflow_step_uuid and st.most_recent
{part:step_error}
where step.task_uuid = any($1::uuid[])
order by step.task_uuid, step.created_at, step.workflow_step_uuid
