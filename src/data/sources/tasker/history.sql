-- State changes of a task and of its steps, newest first.
-- $1 task   $2 how many rows
select
    coalesce(sane_instant(created_at), 'epoch') as created_at,
    step_name,
    from_state,
    to_state,
    processor,
    left(reason, 500) as reason
from (
    select created_at, null as step_name, from_state, to_state, processor, reason, sort_key
    from tasker_task_transitions
    where task_uuid = $1::uuid
    union all
    select st.created_at, s.step_name, st.from_state, st.to_state, st.processor, st.reason,
           st.sort_key
    from tasker_workflow_step_transitions st
    join tasker_workflow_steps s using (workflow_step_uuid)
    where s.task_uuid = $1::uuid
) changes
order by changes.created_at desc, sort_key desc, step_name
limit $2::bigint
