-- The job's error, and the errors of the most urgent open jobs of the same task and queue. Only $2 jobs are
-- searched, so the cost does not grow with their number.
-- $1 job   $2 search limit
with open_jobs as (
    select
        f.id,
        coalesce(nullif(btrim(f.queue::text), ''), '(eager)') as queue,
        coalesce(f.task_name::text, 'unknown') as task_name,
        f.failed_at,
        f.exception_class,
        f.error_message,
        f.traceback
    from {table:failed_jobs} f
    where {part:open_job}
),
mine as (
    select job.queue, job.task_name, told.error
    from open_jobs job
    {part:job_error}
    where {has_id:job.id = $1::uuid}
),
urgent as (
    select *
    from open_jobs o
    order by o.failed_at nulls last, o.id
    limit $2::bigint
)
select
    case when row_number() over () = 1 then mine.error end as mine,
    told.error as other,
    (select count(*) >= $2::bigint from urgent) as at_least
from mine
join urgent job on job.queue = mine.queue and job.task_name = mine.task_name
{part:job_error}
where {id:job.id} <> $1::uuid
