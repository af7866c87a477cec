-- The notes on a task's entries, oldest first.
-- $1 task   $2 row limit
select dlq_entry_uuid, author, coalesce(dlqtop.sane_instant(at), 'epoch') as at, left(body, 4096) as body
from public.v_dlq_notes
where task_uuid = $1::uuid
order by v_dlq_notes.at, note_id
limit $2::bigint
