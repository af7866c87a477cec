-- Releases an entry before its claim ends. A claim of someone else stays.
-- $1 source   $2 entry   $3 actor
with held as (
    select owner, claimed_at, expires_at from dlqtop.claims
    where source = $1::text and entry = $2::uuid and expires_at > now()
),
others as (
    select * from held where owner <> $3::text
),
released as (
    delete from dlqtop.claims
    where source = $1::text and entry = $2::uuid and not exists (select from others)
)
select
    case when exists (select from others) then 'changed' else 'done' end as outcome,
    coalesce((select 'owned by ' || owner from others), 'owned by nobody') as now_state,
    (select owner from others) as changed_by,
    (select claimed_at from others) as changed_at,
    coalesce((select 'owned by ' || owner from held), 'owned by nobody') as before
