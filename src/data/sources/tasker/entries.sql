-- A task's entries, newest first.
-- $1 task   $2 how many rows
select
    dlq_entry_uuid,
    dlq_reason::text as dlq_reason,
    original_state,
    coalesce(sane_instant(dlq_timestamp), 'epoch') as dlq_timestamp,
    resolution_status::text as resolution_status,
    sane_instant(resolution_timestamp) as resolution_timestamp,
    left(resolution_notes, 4096) as resolution_notes,
    resolved_by,
    version
from v_dlq_entries
where task_uuid = $1::uuid
order by v_dlq_entries.dlq_timestamp desc, dlq_entry_uuid desc
limit $2::bigint
