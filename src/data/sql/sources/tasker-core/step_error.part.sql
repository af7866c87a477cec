-- `failure.error`: why `step` (workflow_step_uuid, results) failed last, from its transitions or else its
-- results.
left join lateral (
    select f.metadata
    from {table:workflow_step_transitions} f
    where f.workflow_step_uuid = step.workflow_step_uuid
      and f.to_state in ('error', 'waiting_for_retry', 'enqueued_as_error_for_orchestration')
    order by f.sort_key desc
    limit 1
) failed on true
cross join lateral (
    select coalesce(
        {part:transition_error},
        case when step.results ->> 'success' is distinct from 'true' then
            case jsonb_typeof(step.results -> 'error')
                when 'object' then step.results #>> '{error,message}'
                when 'string' then step.results ->> 'error'
                else step.results ->> 'error_message'
            end
        end,
        failed.metadata ->> 'reason') as whole
    offset 0
) told
{part:told_error}
