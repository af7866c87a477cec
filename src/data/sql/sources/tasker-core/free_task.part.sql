-- `freed`: frees the task of the step that `moved`, if it is blocked by failures: the orchestrator picks up only
-- pending and waiting tasks. The state machine's only way back is GiveUp, then Reset. After a retry the step can
-- run at once; otherwise this waits for the last step that has failed. Takes `move` (to_state) and `moved`
-- (workflow_step_uuid).
blocked as materialized (
    select tr.task_transition_uuid
    from moved m
    join {table:workflow_steps} own using (workflow_step_uuid)
    join {table:task_transitions} tr on tr.task_uuid = own.task_uuid
    where tr.most_recent
      and tr.to_state = 'blocked_by_failures'
      and ((select to_state from move) = 'pending' or not exists (
          select
          from {table:workflow_steps} s
          join {table:workflow_step_transitions} st using (workflow_step_uuid)
          where s.task_uuid = own.task_uuid
            and s.workflow_step_uuid <> own.workflow_step_uuid
            and st.most_recent
            and st.to_state = 'error'))
    for update of tr
),
given_up as (
    update {table:task_transitions} tr
    set most_recent = false, updated_at = now() at time zone 'UTC'
    from blocked b
    where tr.task_transition_uuid = b.task_transition_uuid
    returning tr.task_uuid
),
freed as (
    insert into {table:task_transitions}
        (task_uuid, from_state, to_state, transition_metadata, sort_key, most_recent, created_at,
         updated_at)
    select
        g.task_uuid,
        p.from_state,
        p.to_state,
        jsonb_build_object(
            'event', p.event,
            'reset_by', $3::text,
            'reason', $4::text,
            'batch', $5::uuid),
        p.place + (select max(o.sort_key) from {table:task_transitions} o where o.task_uuid = g.task_uuid),
        p.place = 2,
        now() at time zone 'UTC',
        now() at time zone 'UTC'
    from given_up g
    cross join (values
        (1, 'blocked_by_failures', 'error', 'GiveUp'),
        (2, 'error', 'pending', 'Reset')) p (place, from_state, to_state, event)
    returning task_uuid
)
