-- The oldest untouched entry, if more than a number of entries are pending.
-- $1 bigint: limit
select
    q.dlq_entry_uuid as entry,
    q.version,
    q.task_uuid as task,
    q.current_state as task_state,
    q.workflow_step_uuid as step,
    q.step_state,
    t.context ? 'simulate' as incurable
from public.v_dlq_investigation_queue q
join public.tasker_tasks t on t.task_uuid = q.task_uuid
where (select count(*) from public.tasker_tasks_dlq d where d.resolution_status = 'pending') > $1::bigint
  and q.owner is null
  and q.snoozed_until is null
  and q.minutes_in_dlq > 15
  and not exists (
      select from dlqtop.operator_log l
      where (l.entry = q.dlq_entry_uuid or l.task_uuid = q.task_uuid)
        and l.at > now() - interval '1 hour')
order by q.dlq_timestamp, q.dlq_entry_uuid
limit 1
