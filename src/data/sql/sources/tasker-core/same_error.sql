-- The task's error, and the errors of the most urgent open entries at the same step of the same template. The
-- number of entries that are searched is limited ($2), so the cost does not grow with the queue.
-- $1 task   $2 search limit
with urgent as materialized (
    select d.task_uuid
    from {table:tasks_dlq} d
    where d.resolution_status = 'pending'
    order by case when d.dlq_timestamp > '4000-01-01 BC'
        then d.dlq_timestamp - case d.dlq_reason::text
            when 'dependency_cycle_detected' then 1000
            when 'max_retries_exceeded' then 500
            when 'staleness_timeout' then 100
            when 'worker_unavailable' then 50
            else 10
        end * interval '1 minute'
        else d.dlq_timestamp
    end, d.dlq_entry_uuid
    limit $2::bigint
),
mine as (
    select task_uuid from {table:tasks_dlq}
    where task_uuid = $1::uuid and resolution_status = 'pending'
),
errors as materialized (
    select
        p.task_uuid,
        t.named_task_uuid,
        step.step_name,
        {error:failure.error} as error
    from (select task_uuid from urgent union select task_uuid from mine) p
    join {table:tasks} t using (task_uuid)
    {part:blocking_step}
    {part:step_error}
)
select
    case when row_number() over () = 1 then m.error end as mine,
    o.error as other,
    (select count(*) >= $2::bigint from urgent) as at_least
from errors m
join errors o on o.named_task_uuid = m.named_task_uuid and o.step_name = m.step_name
where m.task_uuid = $1::uuid and o.task_uuid <> $1::uuid
