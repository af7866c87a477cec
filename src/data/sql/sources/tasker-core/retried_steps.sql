-- What became of steps that a batch has retried: a row for each that it has retried, of those asked about.
-- $1 batch   $2 steps
select
    step.workflow_step_uuid as id,
    coalesce(st.to_state::text, 'gone') as state,
    case
        when st.workflow_step_uuid is null then 'gone'
        when st.to_state in ('complete', 'resolved_manually') then 'passed'
        when st.to_state = 'cancelled' then 'cancelled'
        when again.here then 'failed_again'
    end as verdict,
    case when again.here then {error:failure.error} end as error,
    coalesce(st.to_state in ('complete', 'resolved_manually', 'cancelled', 'error'), true) as settled
from (
    select workflow_step_uuid, max(sort_key) as sort_key
    from {table:workflow_step_transitions}
    where workflow_step_uuid = any($2::uuid[])
      and to_state = 'pending'
      and metadata ->> 'batch' = $1::uuid::text
    group by workflow_step_uuid
) reset
join {table:workflow_steps} step using (workflow_step_uuid)
left join {table:workflow_step_transitions} st
    on st.workflow_step_uuid = reset.workflow_step_uuid and st.most_recent
cross join lateral (
    select exists (
        select from {table:workflow_step_transitions} f
        where f.workflow_step_uuid = reset.workflow_step_uuid
          and f.sort_key > reset.sort_key
          and f.to_state in ('error', 'waiting_for_retry', 'enqueued_as_error_for_orchestration')) as here
) again
{part:step_error}
