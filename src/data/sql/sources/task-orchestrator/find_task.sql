-- The task with this id. A dead letter has the id of its task.
-- $1 any id
select id as task_uuid
from {table:tasks}
where id = $1::uuid
