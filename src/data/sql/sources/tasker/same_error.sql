-- The task's error, and the errors of the most urgent open entries at the same step of the same template. The
-- number of entries that are searched is limited ($2), so the cost does not grow with the queue.
-- $1 task   $2 search limit
with urgent as (
    select task_uuid, namespace_name, task_name, step_name, current_error
    from public.v_dlq_investigation_queue
    order by priority_instant, dlq_entry_uuid
    limit $2::bigint
),
mine as (
    select namespace_name, task_name, step_name, current_error
    from public.v_dlq_investigation_queue
    where task_uuid = $1::uuid
)
select
    case when row_number() over () = 1 then {error:mine.current_error} end as mine,
    {error:urgent.current_error} as other,
    (select count(*) >= $2::bigint from urgent) as at_least
from mine
join urgent using (namespace_name, task_name, step_name)
where urgent.task_uuid <> $1::uuid
