-- Moves a task to another state, as Tasker's own state machine does: unless it has left state $2, batch $5 has
-- moved it already, there is a reason against it, or something of it has changed since the statement began (not
-- is_whole). Takes `move` (via, via_event, to_state, event, actor_key, why_not, is_whole), where `via` is a state
-- on the way or null; gives `present`, `earlier`, `refusal` and `moved`.
{part:present_task},
-- what this batch has already done
earlier as materialized (
    select e.to_state
    from {table:task_transitions} e
    where e.task_uuid = $1::uuid
      and e.to_state = (select to_state from move)
      and e.transition_metadata ->> 'batch' = $5::uuid::text
),
refusal as (
    select case
        when $3::text !~ '\S' then 'say who you are: the actor is blank'
        when $4::text !~ '\S' then 'say why: the reason is blank'
        when not exists (select from {table:tasks} where task_uuid = $1::uuid)
            then 'there is no task ' || $1::uuid
        else m.why_not
    end as why
    from move m
),
ended as (
    update {table:task_transitions} tr
    set most_recent = false, updated_at = now() at time zone 'UTC'
    from present p
    where tr.task_transition_uuid = p.task_transition_uuid
      and p.to_state = $2::text
      and not exists (select from earlier)
      and (select why from refusal) is null
      and (select is_whole from move)
    returning tr.task_uuid
),
moved as (
    insert into {table:task_transitions}
        (task_uuid, from_state, to_state, transition_metadata, sort_key, most_recent, created_at,
         updated_at)
    select
        e.task_uuid,
        p.from_state,
        p.to_state,
        jsonb_build_object(
            'event', p.event,
            m.actor_key, $3::text,
            'reason', $4::text,
            'batch', $5::uuid),
        p.place + (select max(o.sort_key) from {table:task_transitions} o where o.task_uuid = e.task_uuid),
        p.is_last,
        now() at time zone 'UTC',
        now() at time zone 'UTC'
    from ended e
    cross join move m
    cross join lateral (
        select 1 as place, $2::text as from_state, m.via as to_state, m.via_event as event, false as is_last
        where m.via is not null
        union all
        select case when m.via is null then 1 else 2 end, coalesce(m.via, $2::text), m.to_state, m.event, true
    ) p
    returning task_uuid
)
