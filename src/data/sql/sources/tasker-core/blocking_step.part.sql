-- `step`: the step that an operator has to act on, of the task of row `p` (task_uuid); null if all steps are
-- done.
left join lateral (
    select
        s.workflow_step_uuid,
        n.name as step_name,
        coalesce(st.to_state, 'pending') as state,
        coalesce(s.attempts, 0) as attempts,
        coalesce(s.max_attempts, 3) as max_attempts,
        s.results
    from {table:workflow_steps} s
    join {table:named_steps} n using (named_step_uuid)
    left join {table:workflow_step_transitions} st
        on st.workflow_step_uuid = s.workflow_step_uuid and st.most_recent
    where s.task_uuid = p.task_uuid
      and coalesce(st.to_state, 'pending') not in ('complete', 'resolved_manually', 'cancelled')
    -- the steps that an operator acts on come first
    order by
        array_position(array['error', 'waiting_for_retry', 'in_progress', 'enqueued', 'pending'],
                       coalesce(st.to_state, 'pending')::text),
        s.workflow_step_uuid
    limit 1
) step on true
