-- The steps that a batch has retried and that failed again, and those whose outcome is not known yet.
-- $1 batch
select workflow_step_uuid as step, failed_again, {error:last_error} as error
from public.v_retried_steps
where batch = $1::uuid
  and (failed_again
       or current_state not in (
           'complete', 'resolved_manually', 'cancelled', 'enqueued_for_orchestration'))
