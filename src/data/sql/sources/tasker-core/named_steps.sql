-- The steps of some tasks, as they were made.
-- $1 tasks
select
    s.task_uuid,
    s.workflow_step_uuid,
    n.name::text as step_name,
    coalesce(st.to_state, 'pending')::text as current_state,
    left(case when ltrim(told.error, E' \t\r\n') like 'Traceback (most recent call%'
        then coalesce((regexp_match(told.error, '.*\n([^[:space:]][^\n]*)'))[1],
                      split_part(ltrim(told.error, E' \t\r\n'), E'\n', 1))
        else split_part(ltrim(told.error, E' \t\r\n'), E'\n', 1)
    end, 500) as last_error
from {table:workflow_steps} s
join {table:named_steps} n using (named_step_uuid)
left join {table:workflow_step_transitions} st
    on st.workflow_step_uuid = s.workflow_step_uuid and st.most_recent
left join lateral (
    select f.metadata
    from {table:workflow_step_transitions} f
    where f.workflow_step_uuid = s.workflow_step_uuid
      and f.to_state in ('error', 'waiting_for_retry', 'enqueued_as_error_for_orchestration')
    order by f.sort_key desc
    limit 1
) failed on true
cross join lateral (
    select coalesce(
        nullif(failed.metadata ->> 'error_message', ''),
        case jsonb_typeof(failed.metadata -> 'error')
            when 'string' then failed.metadata ->> 'error'
            when 'object' then failed.metadata #>> '{error,message}'
        end,
        -- the event is JSON in a string, and may be cut: the first message in it, without a cast that
        -- could fail
        ('"' || substring(
            left(failed.metadata ->> 'event', 20000)
            from '"(?:message|data)"\s*:\s*"(?:Permanent error: )?((?:[^"\\[:cntrl:]]|\\["\\/bfnrt]|\\u(?!0000|[dD][89a-fA-F])[0-9a-fA-F]{4})+)')
            || '"')::jsonb #>> '{}',
        case when s.results ->> 'success' is distinct from 'true' then
            case jsonb_typeof(s.results -> 'error')
                when 'object' then s.results #>> '{error,message}'
                when 'string' then s.results ->> 'error'
                else s.results ->> 'error_message'
            end
        end,
        failed.metadata ->> 'reason') as error
) told
where s.task_uuid = any($1::uuid[])
order by s.task_uuid, s.created_at, s.workflow_step_uuid
