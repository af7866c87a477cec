-- Adds back-dated transitions of steps.
-- $1 jsonb: [{id, subject, from_state, to_state, most_recent, sort_key, processor, reason, metadata,
--             age}], ages in seconds
insert into public.tasker_workflow_step_transitions
    (workflow_step_transition_uuid, workflow_step_uuid, from_state, to_state, most_recent, sort_key, processor, reason,
     metadata, created_at)
select
    r.id,
    r.subject,
    r.from_state,
    r.to_state,
    r.most_recent,
    r.sort_key,
    r.processor,
    r.reason,
    r.metadata,
    now() - r.age * interval '1 second'
from jsonb_to_recordset($1::jsonb) as r (
    id uuid, subject uuid, from_state text, to_state text, most_recent boolean, sort_key int,
    processor text, reason text, metadata jsonb, age float8)
