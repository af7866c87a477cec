select
    id,
    'task' as kind,
    id as task_uuid,
    'shop' as namespace_name,
    name as task_name,
    status as current_state,
    case when status = 'failed' then id end as dlq_entry_uuid,
    case when status = 'failed' then 'failed' end as dlq_reason,
    case when status = 'failed' then 'pending' else 'manually_resolved' end as resolution_status,
    null::text as resolved_by,
    version
from {table:jobs}
where id = any($1::uuid[])
order by array_position($1::uuid[], id)
