-- How many entries are open.
select count(*) as rows, false as is_estimate
from {table:tasks_dlq}
where resolution_status = 'pending'
