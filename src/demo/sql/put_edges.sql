-- Adds edges. The caller has disabled the triggers.
-- $1 jsonb: [{parent, child}]
insert into public.tasker_workflow_step_edges (parent_step_uuid, child_step_uuid)
select r.parent, r.child
from jsonb_to_recordset($1::jsonb) as r (parent uuid, child uuid)
