-- The answer of an act that moves a step or a task: the outcome, the current state, and if someone else changed
-- it first, who and when. Takes what the part move_step or move_task gives.
select
    case
        when exists (select from earlier) then 'done'
        when (select why from refusal) is not null then 'refused'
        when exists (select from moved) then 'done'
        else 'changed'
    end as outcome,
    case
        when exists (select from earlier) then (select to_state from move)
        when (select why from refusal) is not null then (select why from refusal)
        when exists (select from moved) then (select to_state from move)
        -- null if it has changed since this statement began: itself, or what belongs to it
        else (select nullif(to_state::text, $2::text) from present)
    end as now_state,
    case when not exists (select from moved) and not exists (select from earlier) then
        (select p.changed_by from present p)
    end as changed_by,
    case when not exists (select from moved) and not exists (select from earlier) then
        (select p.created_at at time zone 'UTC' from present p
         where p.created_at between '0001-01-02' and '9999-12-30')
    end as changed_at
