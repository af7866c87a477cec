-- Marks the transitions of these tasks as no longer current.
-- $1 jsonb: the transitions about to be added, of which `subject` is read
update public.tasker_task_transitions
set most_recent = false
where most_recent
  and task_uuid in (select r.subject from jsonb_to_recordset($1::jsonb) as r (subject uuid))
