-- What became of a step that a batch has retried.
-- $1 batch   $2 step
select
    current_state as state,
    case
        when current_state in ('complete', 'resolved_manually', 'enqueued_for_orchestration') then 'well'
        when failed_again or current_state = 'cancelled' then 'badly'
    end as verdict,
    case when failed_again then {error:last_error} end as error
from public.v_retried_steps
where batch = $1::uuid and workflow_step_uuid = $2::uuid
