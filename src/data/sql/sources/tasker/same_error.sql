-- The errors of the most urgent entries that are open at the same step of the same template as the
-- task's, and the task's own. Looked for among so many entries only, so that it costs the same however
-- many there are.
-- $1 task   $2 how many are looked at
with urgent as (
    select task_uuid, namespace_name, task_name, step_name, current_error
    from v_dlq_investigation_queue
    order by priority_instant, dlq_entry_uuid
    limit $2::bigint
),
mine as (
    select namespace_name, task_name, step_name, current_error
    from v_dlq_investigation_queue
    where task_uuid = $1::uuid
)
select
    mine.current_error as mine,
    urgent.current_error as other,
    (select count(*) >= $2::bigint from urgent) as at_least
from mine
join urgent using (namespace_name, task_name, step_name)
where urgent.task_uuid <> $1::uuid
