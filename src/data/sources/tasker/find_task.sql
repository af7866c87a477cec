-- The task that an id belongs to: a task's own, a step's, an entry's or a correlation id.
-- $1 any id
select task_uuid from tasker_tasks where task_uuid = $1::uuid
union all
select task_uuid from tasker_tasks_dlq where dlq_entry_uuid = $1::uuid
union all
select task_uuid from tasker_workflow_steps where workflow_step_uuid = $1::uuid
union all
(select task_uuid from tasker_tasks where correlation_id = $1::uuid order by created_at desc limit 1)
limit 1
