-- The failed job with this id, Celery task id or correlation id; the newest if there are several.
-- $1 any id
select {id:f.id} as id
from {table:failed_jobs} f
where {has_id:f.id = $1::uuid}
   or f.task_id::text = $1::uuid::text
   or f.correlation_id::text = $1::uuid::text
order by
    ({id:f.id} = $1::uuid) desc,
    (f.task_id::text = $1::uuid::text) desc nulls last,
    {part:open_job} desc,
    f.failed_at desc nulls last
limit 1
