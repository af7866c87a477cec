-- How many failed jobs are open.
select count(*) as rows, false as is_estimate
from {table:failed_jobs} f
where {part:open_job}
