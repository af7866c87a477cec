-- What became of tasks that a batch has requeued: a row for each that it has requeued, of those asked about. A
-- task that has completed a step since, and is in no trouble, has passed.
-- $1 batch   $2 tasks
select
    l.subject_uuid as id,
    coalesce(r.current_state, 'gone') as state,
    case
        when r.task_uuid is null then 'gone'
        when r.current_state in ('complete', 'resolved_manually') then 'passed'
        when r.current_state = 'cancelled' then 'cancelled'
        when r.current_state in ('error', 'blocked_by_failures', 'waiting_for_retry') then 'failed_again'
        when r.moved_on then 'passed'
    end as verdict,
    case when r.current_state in ('error', 'blocked_by_failures', 'waiting_for_retry')
        then {error:r.last_error} end as error,
    case
        when r.task_uuid is null then true
        when r.current_state = 'waiting_for_retry' then false
        else r.moved_on or r.current_state in (
            'complete', 'resolved_manually', 'cancelled', 'error', 'blocked_by_failures')
    end as settled
from public.v_operator_log l
left join public.v_resumed_tasks r
    on r.batch = l.batch and r.task_uuid = l.subject_uuid
where l.batch = $1::uuid
  and l.subject_uuid = any($2::uuid[])
  and l.action = 'resume_task'
  and l.outcome = 'done'
