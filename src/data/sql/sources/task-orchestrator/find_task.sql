-- The task with this id. A dead letter has the id of its task.
-- $1 any id
select {id:id} as task_uuid
from {table:tasks}
where {has_id:id = $1::uuid}
