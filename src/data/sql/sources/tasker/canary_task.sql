-- What became of a task that a batch has requeued.
-- $1 batch   $2 task
select
    current_state as state,
    case
        when moved_on or current_state in ('complete', 'resolved_manually') then 'well'
        when current_state in ('error', 'blocked_by_failures', 'waiting_for_retry', 'cancelled')
            then 'badly'
    end as verdict,
    case when current_state in ('error', 'blocked_by_failures', 'waiting_for_retry')
        then {error:last_error} end as error
from public.v_resumed_tasks
where batch = $1::uuid and task_uuid = $2::uuid
