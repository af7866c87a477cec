-- Moves a step to another state, as Tasker's own state machine does: unless it has left state $2, batch $5 has
-- moved it already, or there is a reason against it. Takes `move` (to_state, event, actor_key, why_not); gives
-- `present`, `earlier`, `refusal` and `moved`. The statement itself updates the flags of the step. Like the
-- state machine's own writes, this locks the current transition, so that the second of two operators finds it
-- gone.
present as materialized (
    select
        st.*,
        coalesce(st.metadata ->> 'reset_by', st.metadata ->> 'resolved_by', st.metadata ->> 'completed_by',
                 st.metadata ->> 'cancelled_by', st.metadata ->> 'worker_uuid') as changed_by
    from {table:workflow_step_transitions} st
    where st.workflow_step_uuid = $1::uuid and st.most_recent
    for update
),
-- what this batch has already done
earlier as materialized (
    select e.to_state
    from {table:workflow_step_transitions} e
    where e.workflow_step_uuid = $1::uuid
      and e.to_state = (select to_state from move)
      and e.metadata ->> 'batch' = $5::uuid::text
),
refusal as (
    select case
        when $3::text !~ '\S' then 'say who you are: the actor is blank'
        when $4::text !~ '\S' then 'say why: the reason is blank'
        when not exists (select from {table:workflow_steps} where workflow_step_uuid = $1::uuid)
            then 'there is no step ' || $1::uuid
        else m.why_not
    end as why
    from move m
),
ended as (
    update {table:workflow_step_transitions} st
    set most_recent = false, updated_at = now() at time zone 'UTC'
    from present p
    where st.workflow_step_transition_uuid = p.workflow_step_transition_uuid
      and p.to_state = $2::text
      and not exists (select from earlier)
      and (select why from refusal) is null
    returning st.workflow_step_uuid
),
moved as (
    insert into {table:workflow_step_transitions}
        (workflow_step_uuid, from_state, to_state, metadata, sort_key, most_recent, created_at,
         updated_at)
    select
        e.workflow_step_uuid,
        $2::text,
        m.to_state,
        jsonb_build_object(
            'event', m.event,
            'timestamp', to_char(now() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'),
            m.actor_key, $3::text,
            'reason', $4::text,
            'batch', $5::uuid),
        (select max(o.sort_key) + 1 from {table:workflow_step_transitions} o
         where o.workflow_step_uuid = e.workflow_step_uuid),
        true,
        now() at time zone 'UTC',
        now() at time zone 'UTC'
    from ended e
    cross join move m
    returning workflow_step_uuid
)
