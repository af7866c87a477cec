-- The answer of an act on an entry: the outcome, the current status, and if someone else changed it first, who
-- and when. Takes `present`, `earlier`, `refusal`, and `changed`: the row after the act, if it was done.
select
    case
        when exists (select from earlier) then 'done'
        when (select why from refusal) is not null then 'refused'
        when exists (select from changed) then 'done'
        else 'changed'
    end as outcome,
    case
        when (select why from refusal) is not null then (select why from refusal)
        when exists (select from changed) then (select resolution_status::text from changed)
        else (select resolution_status::text from present)
    end as now_state,
    case when not exists (select from changed) and not exists (select from earlier) then
        (select coalesce(p.resolved_by::text, p.metadata #>> '{investigation_notes,-1,author}') from present p)
    end as changed_by,
    case when not exists (select from changed) and not exists (select from earlier) then
        (select p.updated_at at time zone 'UTC' from present p
         where p.updated_at between '0001-01-02' and '9999-12-30')
    end as changed_at
