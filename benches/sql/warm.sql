-- Reads all active tasks once, so that neither side pays for a cold cache.
select count(*), sum(length(t.context::text)), sum(length(s.inputs::text))
from tasker_tasks t
join tasker_task_transitions tr using (task_uuid)
join tasker_workflow_steps s using (task_uuid)
join tasker_workflow_step_transitions st using (workflow_step_uuid)
left join tasker_workflow_step_edges e on e.child_step_uuid = s.workflow_step_uuid
where not t.complete
