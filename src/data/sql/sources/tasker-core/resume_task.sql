-- Puts a task in error back to work, as its Reset does: it begins again as pending, with its steps as they
-- are. A failed step would only fail it again.
-- $1 task   $2 state it must still have   $3 actor   $4 reason   $5 batch
-- The transition that is the present one is locked first, as the state machine's own writes do: of two
-- operators one finds it gone.
with present as materialized (
    select tr.*
    from {table:task_transitions} tr
    where tr.task_uuid = $1::uuid and tr.most_recent
    for update
),
-- What this batch has done already is answered, and not done again.
earlier as materialized (
    select e.to_state
    from {table:task_transitions} e
    where e.task_uuid = $1::uuid
      and e.to_state = 'pending'
      and e.transition_metadata ->> 'batch' = $5::uuid::text
),
refusal as (
    select case
        when $3::text !~ '\S' then 'say who you are: the actor is blank'
        when $4::text !~ '\S' then 'say why: the reason is blank'
        when not exists (select from {table:tasks} where task_uuid = $1::uuid)
            then 'there is no task ' || $1::uuid
        when $2::text <> 'error'
            then 'only a task in error is resumed, not one in ' || $2::text
        when exists (
            select
            from {table:workflow_steps} s
            join {table:workflow_step_transitions} st using (workflow_step_uuid)
            where s.task_uuid = $1::uuid and st.most_recent and st.to_state = 'error')
            then 'a failed step blocks the task: retry or resolve that step'
    end as why
),
ended as (
    update {table:task_transitions} tr
    set most_recent = false
    from present p
    where tr.task_transition_uuid = p.task_transition_uuid
      and p.to_state = $2::text
      and not exists (select from earlier)
      and (select why from refusal) is null
    returning tr.task_uuid
),
begun as (
    insert into {table:task_transitions}
        (task_uuid, from_state, to_state, transition_metadata, sort_key, most_recent, created_at,
         updated_at)
    select
        e.task_uuid,
        $2::text,
        'pending',
        jsonb_build_object(
            'event', 'Reset',
            'reset_by', $3::text,
            'reason', $4::text,
            'batch', $5::uuid),
        (select max(o.sort_key) + 1 from {table:task_transitions} o
         where o.task_uuid = e.task_uuid),
        true,
        now() at time zone 'UTC',
        now() at time zone 'UTC'
    from ended e
    returning task_uuid
)
select
    case
        when exists (select from earlier) then 'done'
        when (select why from refusal) is not null then 'refused'
        when exists (select from begun) then 'done'
        else 'changed'
    end as outcome,
    case
        when exists (select from earlier) then 'pending'
        when (select why from refusal) is not null then (select why from refusal)
        when exists (select from begun) then 'pending'
        -- none if it has changed since this statement began
        else (select to_state::text from present)
    end as now_state,
    case when not exists (select from begun) and not exists (select from earlier) then
        (select coalesce(p.transition_metadata ->> 'reset_by', p.transition_metadata ->> 'cancelled_by',
                         p.processor_uuid::text)
         from present p)
    end as changed_by,
    case when not exists (select from begun) and not exists (select from earlier) then
        (select p.created_at at time zone 'UTC' from present p
         where p.created_at between '0001-01-02' and '9999-12-30')
    end as changed_at
