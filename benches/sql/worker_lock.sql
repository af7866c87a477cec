-- Locks a task, as a worker does first.
-- $1 task
select task_uuid from tasker_tasks where task_uuid = $1::uuid for no key update
