-- Tasks by type: waiting and held, how many of these failed before, failures of the last hour, and how long the
-- latest ten thousand tasks that were done in that hour waited to be claimed and ran. Only the first wait of a
-- task counts, because later ones start with a failure. An index on the completion time saves reading all done
-- tasks.
-- $1 row limit
with open_tasks as (
    select
        coalesce(type, '(no type)') as type,
        count(*) filter (where status = 'pending') as pending,
        count(*) filter (where status in ('claimed', 'running')) as running,
        -- an attempt counts once it has failed
        count(*) filter (where attempts > 0) as retried
    from {table:tasks}
    where status in ('claimed', 'running') or status = 'pending'
    group by 1
),
failed as (
    select coalesce(type, '(no type)') as type, count(*) as failed
    from {part:dead_tasks} given_up
    where coalesce(completed_at, updated_at, started_at, claimed_at, created_at)
          between now() - interval '1 hour' and now()
    group by 1
),
latest as (
    select type, attempts, created_at, claimed_at, started_at, completed_at
    from {table:tasks}
    where status = 'completed' and completed_at > now() - interval '1 hour' and completed_at <= now()
    order by completed_at desc
    limit 10000
),
timed as (
    select
        coalesce(type, '(no type)') as type,
        case when isfinite(created_at) and claimed_at between created_at and completed_at
                and coalesce(attempts, 0) = 0
            then date_part('epoch', claimed_at - created_at) end as waited,
        case when isfinite(started_at) and started_at <= completed_at
            then date_part('epoch', completed_at - started_at) end as ran
    from latest
),
done as (
    select
        type,
        percentile_cont(array[0.5, 0.95]) within group (order by waited) as waited,
        percentile_cont(array[0.5, 0.95]) within group (order by ran) as ran
    from timed
    group by type
)
select
    type as namespace_name,
    type as task_name,
    coalesce(o.pending, 0) as pending,
    coalesce(o.running, 0) as running,
    coalesce(o.retried, 0) as retried,
    coalesce(f.failed, 0) as failed_last_hour,
    d.waited[1] as wait_p50_seconds,
    d.waited[2] as wait_p95_seconds,
    d.ran[1] as run_p50_seconds,
    d.ran[2] as run_p95_seconds
from open_tasks o
full join failed f using (type)
full join done d using (type)
order by coalesce(o.pending, 0) + coalesce(o.running, 0) desc, coalesce(f.failed, 0) desc, type
limit $1::bigint
