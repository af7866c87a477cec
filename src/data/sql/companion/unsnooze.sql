-- Ends the snooze of an entry.
-- $1 source   $2 entry   $3 actor
with others as (
    select owner, claimed_at from dlqtop.claims
    where source = $1::text and entry = $2::uuid and expires_at > now() and owner <> $3::text
),
back as (
    delete from dlqtop.snoozes
    where source = $1::text and entry = $2::uuid and not exists (select from others)
    returning until
)
select
    case when exists (select from others) then 'changed' else 'done' end as outcome,
    coalesce((select 'owned by ' || owner from others), 'not snoozed') as now_state,
    (select owner from others) as changed_by,
    (select claimed_at from others) as changed_at,
    case when exists (select from back where until > now()) then 'snoozed' else 'not snoozed' end as before
