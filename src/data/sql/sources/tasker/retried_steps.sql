-- What became of steps that a batch has retried: a row for each that it has retried, of those asked about.
-- A failed step that waits for its next attempt has failed again, and may still pass.
-- $1 batch   $2 steps
select
    l.subject_uuid as id,
    coalesce(r.current_state, 'gone') as state,
    case
        when r.workflow_step_uuid is null then 'gone'
        when r.current_state in ('complete', 'resolved_manually') then 'passed'
        when r.current_state = 'cancelled' then 'cancelled'
        when r.failed_again then 'failed_again'
    end as verdict,
    case when r.failed_again then {error:r.last_error} end as error,
    coalesce(r.current_state in ('complete', 'resolved_manually', 'cancelled', 'error'), true) as settled
from public.v_operator_log l
left join public.v_retried_steps r
    on r.batch = l.batch and r.workflow_step_uuid = l.subject_uuid
where l.batch = $1::uuid
  and l.subject_uuid = any($2::uuid[])
  and l.action = 'reset_for_retry'
  and l.outcome = 'done'
