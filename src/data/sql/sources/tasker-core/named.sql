-- Looks ids up: a row for each known id, with its task and the entry it stands for: its own, or the open one of
-- the task.
-- $1 ids
select
    i.id,
    i.kind,
    i.task_uuid,
    ns.name::text as namespace_name,
    nt.name::text as task_name,
    coalesce(tr.to_state, 'pending')::text as current_state,
    e.dlq_entry_uuid,
    e.dlq_reason::text as dlq_reason,
    e.resolution_status::text as resolution_status,
    e.resolved_by::text as resolved_by,
    case when e.dlq_entry_uuid is not null then case when e.updated_at between '0001-01-01' and '9999-12-31'
        then ((extract(epoch from e.updated_at) * 1000000)::bigint % 2147483647)::int else 0 end end as version
from (
    select task_uuid as id, task_uuid, 'task' as kind
    from {table:tasks} where task_uuid = any($1::uuid[])
    union all
    select dlq_entry_uuid, task_uuid, 'entry'
    from {table:tasks_dlq} where dlq_entry_uuid = any($1::uuid[])
    union all
    select workflow_step_uuid, task_uuid, 'step'
    from {table:workflow_steps} where workflow_step_uuid = any($1::uuid[])
    union all
    select correlation_id, task_uuid, 'correlation'
    from {table:tasks} where correlation_id = any($1::uuid[])
) i
join {table:tasks} t using (task_uuid)
join {table:named_tasks} nt using (named_task_uuid)
join {table:task_namespaces} ns using (task_namespace_uuid)
left join {table:task_transitions} tr on tr.task_uuid = i.task_uuid and tr.most_recent
left join lateral (
    select d.*
    from {table:tasks_dlq} d
    where d.task_uuid = i.task_uuid
      and (d.dlq_entry_uuid = i.id or (i.kind <> 'entry' and d.resolution_status = 'pending'))
    limit 1
) e on true
order by array_position($1::uuid[], i.id),
         array_position(array['task', 'entry', 'step', 'correlation'], i.kind),
         i.task_uuid
