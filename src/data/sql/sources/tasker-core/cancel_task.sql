-- Cancels a task, as Tasker's Cancel does: from any state but an end, with its live steps, because a worker runs
-- an enqueued step of a cancelled task all the same.
-- $1 task   $2 expected state   $3 actor   $4 reason   $5 batch
with known as (
    select s.workflow_step_uuid, st.workflow_step_transition_uuid
    from {table:workflow_steps} s
    left join {table:workflow_step_transitions} st
        on st.workflow_step_uuid = s.workflow_step_uuid and st.most_recent
    where s.task_uuid = $1::uuid
      and coalesce(st.to_state, 'pending') not in ('complete', 'cancelled', 'resolved_manually')
),
-- Like the state machine's own writes, this locks the current transitions. One that has moved since this
-- statement began is not among them: then nothing is done, and the statement is sent again.
locked as materialized (
    select st.workflow_step_transition_uuid, st.workflow_step_uuid, st.to_state::text as was
    from {table:workflow_step_transitions} st
    where st.workflow_step_transition_uuid in (select workflow_step_transition_uuid from known)
      and st.most_recent
    order by st.workflow_step_transition_uuid
    for update
),
move as (
    select
        null::text as via,
        null::text as via_event,
        'cancelled' as to_state,
        'Cancel' as event,
        'cancelled_by' as actor_key,
        (select count(workflow_step_transition_uuid) from known) = (select count(*) from locked) as is_whole,
        case
            when $2::text in ('complete', 'error', 'cancelled', 'resolved_manually')
                then 'Tasker''s state machine does not cancel a task in ' || $2::text
        end as why_not
),
{part:move_task},
steps_ended as (
    update {table:workflow_step_transitions} st
    set most_recent = false, updated_at = now() at time zone 'UTC'
    from locked l
    cross join moved m
    where st.workflow_step_transition_uuid = l.workflow_step_transition_uuid
    returning st.workflow_step_uuid, l.was
),
steps_cancelled as (
    insert into {table:workflow_step_transitions}
        (workflow_step_uuid, from_state, to_state, metadata, sort_key, most_recent, created_at,
         updated_at)
    select
        s.workflow_step_uuid,
        s.was,
        'cancelled',
        jsonb_build_object(
            'event', '{"type":"Cancel"}',
            'timestamp', to_char(now() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'),
            'cancelled_by', $3::text,
            'reason', $4::text,
            'batch', $5::uuid),
        (select coalesce(max(o.sort_key), 0) + 1 from {table:workflow_step_transitions} o
         where o.workflow_step_uuid = s.workflow_step_uuid),
        true,
        now() at time zone 'UTC',
        now() at time zone 'UTC'
    from (
        select workflow_step_uuid, was from steps_ended
        union all
        -- a step without a transition is pending
        select k.workflow_step_uuid, 'pending'
        from known k
        cross join moved m
        where k.workflow_step_transition_uuid is null
    ) s
    returning workflow_step_uuid
),
flagged as (
    update {table:workflow_steps} s
    set in_process = false,
        processed = true,
        processed_at = now() at time zone 'UTC',
        updated_at = now() at time zone 'UTC'
    from steps_cancelled c
    where s.workflow_step_uuid = c.workflow_step_uuid
    returning s.workflow_step_uuid
)
{part:move_answer}
