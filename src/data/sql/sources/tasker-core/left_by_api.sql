-- What the system's API has left undone of an action on a step that it has said yes to: its retry leaves the attempts
-- used, so that the step does not run, and no action of it frees a task that is blocked by failures.
-- $1 step   $2 the state that the step should be in now
with present as (
    select s.task_uuid, s.workflow_step_uuid, s.attempts, s.max_attempts
    from {table:workflow_steps} s
    join {table:workflow_step_transitions} st using (workflow_step_uuid)
    where s.workflow_step_uuid = $1::uuid and st.most_recent and st.to_state = $2::text
)
select format('the attempts at %s of %s', p.attempts, coalesce(p.max_attempts, 3)) as what
from present p
where $2::text = 'pending' and p.attempts > 0
union all
select 'the task in blocked_by_failures'
from present p
join {table:task_transitions} tr on tr.task_uuid = p.task_uuid and tr.most_recent
where tr.to_state = 'blocked_by_failures'
  and ($2::text = 'pending' or not exists (
      select
      from {table:workflow_steps} s
      join {table:workflow_step_transitions} st using (workflow_step_uuid)
      where s.task_uuid = p.task_uuid
        and s.workflow_step_uuid <> p.workflow_step_uuid
        and st.most_recent
        and st.to_state = 'error'))
