-- Workers that failed a job in the last hour, and so were alive then, most failures first. A worker that is not
-- listed has failed none or is gone: this table cannot tell which.
-- $1 row limit
with failures as (
    select
        btrim(f.worker::text) as worker,
        coalesce(nullif(btrim(f.queue::text), ''), '(eager)') as queue,
        f.failed_at as at
    from {table:failed_jobs} f
    where btrim(f.worker::text) <> ''
      and f.failed_at > now() - interval '1 hour' and f.failed_at <= now()
),
by_worker as (
    select
        worker,
        string_agg(distinct queue, ', ' order by queue) as queues,
        max(at) as seen,
        count(*) as failed
    from failures
    group by worker
)
select
    worker,
    nullif(split_part(worker, '@', 2), '') as host,
    left(queues, 200) as namespace_name,
    'alive' as health,
    case when failed >= greatest({setting:worker_failures_per_hour}, 1) then 'failing' end as condition,
    extract(epoch from now() - seen)::float8 as seen_seconds,
    null::bigint as busy,
    null::bigint as size,
    false as is_leader,
    null::float8 as lease_seconds,
    null::text as version,
    null::timestamptz as started_at,
    null::bigint as finished_last_hour,
    failed as failed_last_hour
from by_worker
order by failed desc, seen desc nulls last, worker
limit $1::bigint
