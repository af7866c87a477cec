-- The task that an id belongs to: a task's own, an entry's, a step's, or a correlation id, which means its
-- newest task.
-- $1 any id
select task_uuid
from public.v_task_ids
where id = $1::uuid
order by array_position(array['task', 'entry', 'step', 'correlation'], kind), created_at desc
limit 1
