-- What a worker does first: it locks its task.
-- $1 task
select task_uuid from tasker_tasks where task_uuid = $1::uuid for no key update
