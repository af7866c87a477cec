-- Tasks that have not started.
-- $1 number
insert into tasker_tasks (named_task_uuid, context, initiator)
select t.named_task_uuid, '{"order": 1}', 'bench'
from generate_series(1, $1::int) n
join bench.templates t on t.t = 1 + n % 20
returning task_uuid
