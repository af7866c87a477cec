-- Looks ids up: a row for each known id, with its task and the entry it stands for: its own, or the open one of
-- the task.
-- $1 ids
select
    i.id,
    i.kind,
    i.task_uuid,
    t.namespace_name,
    t.task_name,
    t.current_state,
    e.dlq_entry_uuid,
    e.dlq_reason::text as dlq_reason,
    e.resolution_status::text as resolution_status,
    e.resolved_by,
    e.version
from public.v_task_ids i
join public.v_task_summary t using (task_uuid)
left join lateral (
    select d.*
    from public.v_dlq_entries d
    where d.task_uuid = i.task_uuid
      and (d.dlq_entry_uuid = i.id or (i.kind <> 'entry' and d.resolution_status = 'pending'))
    limit 1
) e on true
where i.id = any($1::uuid[])
order by array_position($1::uuid[], i.id),
         array_position(array['task', 'entry', 'step', 'correlation'], i.kind),
         i.task_uuid
