-- Never runs a step, as its Cancel does: from any live state.
-- $1 step   $2 state it must still have   $3 actor   $4 reason   $5 batch
-- The transition that is the present one is locked first, as the state machine's own writes do: of two
-- operators one finds it gone.
with present as materialized (
    select st.*
    from {table:workflow_step_transitions} st
    where st.workflow_step_uuid = $1::uuid and st.most_recent
    for update
),
-- What this batch has done already is answered, and not done again.
earlier as materialized (
    select e.to_state
    from {table:workflow_step_transitions} e
    where e.workflow_step_uuid = $1::uuid
      and e.to_state = 'cancelled'
      and e.metadata ->> 'batch' = $5::uuid::text
),
refusal as (
    select case
        when $3::text !~ '\S' then 'say who you are: the actor is blank'
        when $4::text !~ '\S' then 'say why: the reason is blank'
        when not exists (select from {table:workflow_steps} where workflow_step_uuid = $1::uuid)
            then 'there is no step ' || $1::uuid
        when $2::text in ('complete', 'resolved_manually', 'cancelled')
            then 'Tasker''s state machine does not cancel a step in ' || $2::text
    end as why
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
begun as (
    insert into {table:workflow_step_transitions}
        (workflow_step_uuid, from_state, to_state, metadata, sort_key, most_recent, created_at,
         updated_at)
    select
        e.workflow_step_uuid,
        $2::text,
        'cancelled',
        jsonb_build_object(
            'event', '{"type":"Cancel"}',
            'timestamp', to_char(now() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'),
            'cancelled_by', $3::text,
            'reason', $4::text,
            'batch', $5::uuid),
        (select max(o.sort_key) + 1 from {table:workflow_step_transitions} o
         where o.workflow_step_uuid = e.workflow_step_uuid),
        true,
        now() at time zone 'UTC',
        now() at time zone 'UTC'
    from ended e
    returning workflow_step_uuid
),
flagged as (
    update {table:workflow_steps} s
    set in_process = false,
        processed = true,
        processed_at = now() at time zone 'UTC',
        updated_at = now() at time zone 'UTC'
    from begun b
    where s.workflow_step_uuid = b.workflow_step_uuid
    returning s.workflow_step_uuid
)
select
    case
        when exists (select from earlier) then 'done'
        when (select why from refusal) is not null then 'refused'
        when exists (select from begun) then 'done'
        else 'changed'
    end as outcome,
    case
        when exists (select from earlier) then 'cancelled'
        when (select why from refusal) is not null then (select why from refusal)
        when exists (select from begun) then 'cancelled'
        -- none if it has changed since this statement began
        else (select to_state::text from present)
    end as now_state,
    case when not exists (select from begun) and not exists (select from earlier) then
        (select coalesce(p.metadata ->> 'reset_by', p.metadata ->> 'resolved_by', p.metadata ->> 'completed_by',
                 p.metadata ->> 'cancelled_by', p.metadata ->> 'worker_uuid')
         from present p)
    end as changed_by,
    case when not exists (select from begun) and not exists (select from earlier) then
        (select p.created_at at time zone 'UTC' from present p
         where p.created_at between '0001-01-02' and '9999-12-30')
    end as changed_at
