-- Snoozed entries; the snooze that ends first comes first.
-- $1 row limit
select
    z.dlq_entry_uuid,
    t.namespace_name,
    t.task_name,
    e.dlq_reason::text as dlq_reason,
    z.snoozed_by as owner,
    coalesce(dlqtop.sane_instant(z.until), 'epoch') as until,
    coalesce(dlqtop.sane_instant(e.dlq_timestamp), 'epoch') as dlq_timestamp
from public.v_dlq_snoozes z
join public.v_dlq_entries e using (dlq_entry_uuid)
join public.v_task_summary t using (task_uuid)
order by z.until, z.dlq_entry_uuid
limit $1::bigint
