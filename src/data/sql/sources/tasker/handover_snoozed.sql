-- Snoozed entries; the snooze that ends first comes first.
-- $1 row limit
select
    z.dlq_entry_uuid,
    t.namespace_name,
    t.task_name,
    e.dlq_reason::text as dlq_reason,
    z.snoozed_by as owner,
    coalesce(sane_instant(z.until), 'epoch') as until,
    coalesce(sane_instant(e.dlq_timestamp), 'epoch') as dlq_timestamp
from v_dlq_snoozes z
join v_dlq_entries e using (dlq_entry_uuid)
join v_task_summary t using (task_uuid)
order by z.until, z.dlq_entry_uuid
limit $1::bigint
