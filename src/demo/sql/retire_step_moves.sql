-- Marks the transitions of these steps as no longer current.
-- $1 jsonb: the transitions about to be added, of which `subject` is read
update public.tasker_workflow_step_transitions
set most_recent = false
where most_recent
  and workflow_step_uuid in (select r.subject from jsonb_to_recordset($1::jsonb) as r (subject uuid))
