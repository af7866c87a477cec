-- A task's entries, newest first; for the open one, its owner and the end of its snooze.
-- $1 task   $2 row limit
select
    e.dlq_entry_uuid,
    e.dlq_reason::text as dlq_reason,
    e.original_state,
    coalesce(dlqtop.sane_instant(e.dlq_timestamp), 'epoch') as dlq_timestamp,
    e.resolution_status::text as resolution_status,
    dlqtop.sane_instant(e.resolution_timestamp) as resolution_timestamp,
    left(e.resolution_notes, 4096) as resolution_notes,
    e.resolved_by,
    o.owner,
    dlqtop.sane_instant(o.expires_at) as owned_until,
    dlqtop.sane_instant(z.until) as snoozed_until,
    e.version
from public.v_dlq_entries e
left join public.v_dlq_owners o on o.dlq_entry_uuid = e.dlq_entry_uuid
left join public.v_dlq_snoozes z on z.dlq_entry_uuid = e.dlq_entry_uuid
where e.task_uuid = $1::uuid
order by e.dlq_timestamp desc, e.dlq_entry_uuid desc
limit $2::bigint
