-- The notes on a task's entries, oldest first.
-- $1 task   $2 how many rows
select entry as dlq_entry_uuid, author, coalesce(sane_instant(at), 'epoch') as at, left(body, 4096) as body
from dlqtop.notes
where entry in (select dlq_entry_uuid from tasker_tasks_dlq where task_uuid = $1::uuid)
order by notes.at, note_id
limit $2::bigint
