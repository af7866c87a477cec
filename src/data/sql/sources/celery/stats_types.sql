-- Failed jobs by task: open, claimed, retries, and new ones. The table does not say how long jobs wait and run.
-- $1 row limit
select
    coalesce(nullif(btrim(f.queue::text), ''), '(eager)') as namespace_name,
    coalesce(f.task_name::text, 'unknown') as task_name,
    count(*) filter (where {part:open_job} and not coalesce({part:in_progress}, false)) as pending,
    count(*) filter (where {part:in_progress}) as running,
    coalesce(sum(least(greatest(f.retry_count, 0), 2147483647))
        filter (where {part:open_job}), 0)::bigint
        as retried,
    count(*) filter (where f.failed_at > now() - interval '1 hour' and f.failed_at <= now())
        as failed_last_hour,
    null::float8 as wait_p50_seconds,
    null::float8 as wait_p95_seconds,
    null::float8 as run_p50_seconds,
    null::float8 as run_p95_seconds
from {table:failed_jobs} f
where {part:open_job}
   or f.failed_at > now() - interval '1 hour'
group by 1, 2
order by 3 desc, 6 desc, 1, 2
limit $1::bigint
