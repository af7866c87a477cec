-- The task's error, and the errors of the most urgent open entries at the same step of the same template. The
-- number of entries that are searched is limited ($2), so the cost does not grow with the queue. Errors are read
-- of those at the same step only: whole, which the view has not.
-- $1 task   $2 search limit
with urgent as (
    select task_uuid, namespace_name, task_name, step_name, workflow_step_uuid
    from public.v_dlq_investigation_queue
    order by priority_instant, dlq_entry_uuid
    limit $2::bigint
),
mine as (
    select namespace_name, task_name, step_name, workflow_step_uuid
    from public.v_dlq_investigation_queue
    where task_uuid = $1::uuid
)
select
    case when row_number() over () = 1 then (
        select {error:s.last_error} from public.v_open_steps s
        where s.workflow_step_uuid = mine.workflow_step_uuid limit 1)
    end as mine,
    (select {error:s.last_error} from public.v_open_steps s
     where s.workflow_step_uuid = urgent.workflow_step_uuid limit 1) as other,
    (select count(*) >= $2::bigint from urgent) as at_least
from mine
join urgent using (namespace_name, task_name, step_name)
where urgent.task_uuid <> $1::uuid
