-- How many tasks are active and do not wait for an operator.
-- No parameters.
select count(*)
from public.tasker_task_transitions
where most_recent
  and to_state not in ('complete', 'cancelled', 'resolved_manually', 'error')
