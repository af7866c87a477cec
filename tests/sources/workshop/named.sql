select
    id, 'task' as kind, id as task_uuid, bench as namespace_name, name as task_name,
    state as current_state, case when state = 'broken' then id end as dlq_entry_uuid,
    'broken' as dlq_reason, case when state = 'broken' then 'pending' end as resolution_status,
    null::text as resolved_by, version
from {table:jobs}
where id = any($1::uuid[])
