-- The notes that were written, newest first.
-- $1 period in seconds   $2 row limit
select
    n.dlq_entry_uuid,
    t.namespace_name,
    t.task_name,
    n.author,
    coalesce(dlqtop.sane_instant(n.at), 'epoch') as at,
    left(n.body, 2000) as body
from public.v_dlq_notes n
join public.v_task_summary t using (task_uuid)
where n.at >= now() - $1::float8 * interval '1 second'
order by n.at desc, n.note_id desc
limit $2::bigint
