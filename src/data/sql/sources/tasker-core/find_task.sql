-- The task that an id belongs to: a task's own, an entry's, a step's, or a correlation id, which means its
-- newest task.
-- $1 any id
select i.task_uuid
from (
    select task_uuid, 1 as kind, created_at from {table:tasks} where task_uuid = $1::uuid
    union all
    select task_uuid, 2, created_at from {table:tasks_dlq} where dlq_entry_uuid = $1::uuid
    union all
    select task_uuid, 3, created_at from {table:workflow_steps} where workflow_step_uuid = $1::uuid
    union all
    select task_uuid, 4, created_at from {table:tasks} where correlation_id = $1::uuid
) i
order by i.kind, i.created_at desc
limit 1
