-- `failed.step_name` and `failure.error`: the last step that had failed when the entry of row `p` (task_uuid,
-- dlq_timestamp) was opened, and its error then. The results of the step are not read: they may be from a later
-- attempt.
left join lateral (
    select n.name::text as step_name, f.metadata
    from {table:workflow_steps} s
    join {table:named_steps} n using (named_step_uuid)
    join {table:workflow_step_transitions} f using (workflow_step_uuid)
    where s.task_uuid = p.task_uuid
      and f.to_state in ('error', 'waiting_for_retry', 'enqueued_as_error_for_orchestration')
      and f.created_at <= p.dlq_timestamp
    order by f.created_at desc, f.sort_key desc
    limit 1
) failed on true
cross join lateral (
    select coalesce(
        {part:transition_error},
        failed.metadata ->> 'reason') as whole
    offset 0
) told
{part:told_error}
