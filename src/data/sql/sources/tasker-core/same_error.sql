-- The errors of the most urgent entries that are open at the same step of the same template as the
-- task's, and the task's own. Looked for among so many entries only, so that it costs the same however
-- many there are.
-- $1 task   $2 how many are looked at
with urgent as materialized (
    select d.task_uuid
    from {table:tasks_dlq} d
    where d.resolution_status = 'pending'
    order by case when d.dlq_timestamp > '4000-01-01 BC'
        then d.dlq_timestamp - case d.dlq_reason::text
            when 'dependency_cycle_detected' then 1000
            when 'max_retries_exceeded' then 500
            when 'staleness_timeout' then 100
            when 'worker_unavailable' then 50
            else 10
        end * interval '1 minute'
        else d.dlq_timestamp
    end, d.dlq_entry_uuid
    limit $2::bigint
),
mine as (
    select task_uuid from {table:tasks_dlq}
    where task_uuid = $1::uuid and resolution_status = 'pending'
),
told as materialized (
    select
        w.task_uuid,
        t.named_task_uuid,
        step.step_name,
        left(case when ltrim(told.error, E' \t\r\n') like 'Traceback (most recent call%'
        then coalesce((regexp_match(told.error, '.*\n([^[:space:]][^\n]*)'))[1],
                      split_part(ltrim(told.error, E' \t\r\n'), E'\n', 1))
        else split_part(ltrim(told.error, E' \t\r\n'), E'\n', 1)
    end, 500) as error
    from (select task_uuid from urgent union select task_uuid from mine) w
    join {table:tasks} t using (task_uuid)
    left join lateral (
    select
        s.workflow_step_uuid,
        n.name as step_name,
        coalesce(st.to_state, 'pending') as state,
        coalesce(s.attempts, 0) as attempts,
        coalesce(s.max_attempts, 3) as max_attempts,
        s.results
    from {table:workflow_steps} s
    join {table:named_steps} n using (named_step_uuid)
    left join {table:workflow_step_transitions} st
        on st.workflow_step_uuid = s.workflow_step_uuid and st.most_recent
    where s.task_uuid = w.task_uuid
      and coalesce(st.to_state, 'pending') not in ('complete', 'resolved_manually', 'cancelled')
    -- those first that an operator acts on
    order by
        array_position(array['error', 'waiting_for_retry', 'in_progress', 'enqueued', 'pending'],
                       coalesce(st.to_state, 'pending')::text),
        s.workflow_step_uuid
    limit 1
) step on true
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
        case when step.results ->> 'success' is distinct from 'true' then
            case jsonb_typeof(step.results -> 'error')
                when 'object' then step.results #>> '{error,message}'
                when 'string' then step.results ->> 'error'
                else step.results ->> 'error_message'
            end
        end,
        failed.metadata ->> 'reason') as error
) told
)
select
    m.error as mine,
    o.error as other,
    (select count(*) >= $2::bigint from urgent) as at_least
from told m
join told o on o.named_task_uuid = m.named_task_uuid and o.step_name = m.step_name
where m.task_uuid = $1::uuid and o.task_uuid <> $1::uuid
