-- How entries of one template were closed of late, newest first, with the step that had failed when they
-- were opened and its error then. Looked for among the latest closed entries of all templates, so that
-- it costs the same however many there are.
-- $1 namespace   $2 template   $3 how many are looked at   $4 how many rows
with latest as materialized (
    select
        e.dlq_entry_uuid, e.task_uuid, e.dlq_reason, e.dlq_timestamp, e.resolution_status,
        e.resolution_timestamp, e.resolution_notes, e.resolved_by
    from {table:tasks_dlq} e
    where e.resolution_timestamp is not null and e.resolution_status <> 'pending'
    order by e.resolution_timestamp desc
    limit $3::bigint
),
alike as materialized (
    select l.*
    from latest l
    join {table:tasks} t using (task_uuid)
    join {table:named_tasks} nt using (named_task_uuid)
    join {table:task_namespaces} ns using (task_namespace_uuid)
    where ns.name = $1::text and nt.name = $2::text
    order by l.resolution_timestamp desc
    limit $4::bigint
)
select
    a.dlq_entry_uuid,
    a.task_uuid,
    a.dlq_reason::text as dlq_reason,
    a.resolution_status::text as resolution_status,
    case when a.resolution_timestamp between '0001-01-02' and '9999-12-30' then a.resolution_timestamp at time zone 'UTC' end as resolution_timestamp,
    left(a.resolution_notes, 500) as resolution_notes,
    a.resolved_by::text as resolved_by,
    failed.step_name,
    left(case when ltrim(told.error, E' \t\r\n') like 'Traceback (most recent call%'
        then coalesce((regexp_match(told.error, '.*\n([^[:space:]][^\n]*)'))[1],
                      split_part(ltrim(told.error, E' \t\r\n'), E'\n', 1))
        else split_part(ltrim(told.error, E' \t\r\n'), E'\n', 1)
    end, 500) as error
from alike a
left join lateral (
    select n.name::text as step_name, f.metadata, s.results
    from {table:workflow_steps} s
    join {table:named_steps} n using (named_step_uuid)
    join {table:workflow_step_transitions} f using (workflow_step_uuid)
    where s.task_uuid = a.task_uuid
      and f.to_state in ('error', 'waiting_for_retry', 'enqueued_as_error_for_orchestration')
      and f.created_at <= a.dlq_timestamp
    order by f.created_at desc, f.sort_key desc
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
        case when 'null'::jsonb ->> 'success' is distinct from 'true' then
            case jsonb_typeof('null'::jsonb -> 'error')
                when 'object' then 'null'::jsonb #>> '{error,message}'
                when 'string' then 'null'::jsonb ->> 'error'
                else 'null'::jsonb ->> 'error_message'
            end
        end,
        failed.metadata ->> 'reason') as error
) told
order by a.resolution_timestamp desc
