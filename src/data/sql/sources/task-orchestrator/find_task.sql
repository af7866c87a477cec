-- The task that an id belongs to. A dead letter's id is its task's.
-- $1 any id
select id as task_uuid
from {table:tasks}
where id = $1::uuid
