-- Closed entries, newest first: how, by whom, with which notes.
-- $1 period in seconds   $2 row limit
select
    e.dlq_entry_uuid,
    t.namespace_name,
    t.task_name,
    e.dlq_reason::text as dlq_reason,
    e.resolution_status::text as resolution_status,
    e.resolved_by,
    coalesce(dlqtop.sane_instant(e.resolution_timestamp), 'epoch') as at,
    left(e.resolution_notes, 2000) as resolution_notes
from public.v_dlq_entries e
join public.v_task_summary t using (task_uuid)
where e.resolution_timestamp >= now() - $1::float8 * interval '1 second'
order by e.resolution_timestamp desc, e.dlq_entry_uuid
limit $2::bigint
