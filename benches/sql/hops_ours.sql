-- One transition of each of many tasks with our triggers; returns their number.
-- $1 tasks   $2 from   $3 to
select count(*) filter (where dlqtop.transition_task(task, $2::text, $3::text, 'bench'))
from unnest($1::uuid[]) task
