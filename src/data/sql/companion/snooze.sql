-- Snoozes an entry until an instant, or for a number of minutes. An entry that someone else has claimed is left
-- alone.
-- $1 source   $2 entry   $3 actor   $4 minutes, or   $5 end
with asked as (
    select coalesce($5::timestamptz, now() + $4::int * interval '1 minute') as ends
),
fits as (
    select ends from asked where ends > now() and ends <= now() + interval '30 days'
),
others as (
    select owner, claimed_at from dlqtop.claims
    where source = $1::text and entry = $2::uuid and expires_at > now() and owner <> $3::text
),
earlier as (
    select until from dlqtop.snoozes
    where source = $1::text and entry = $2::uuid and until > now()
),
snoozed as (
    insert into dlqtop.snoozes (source, entry, until, snoozed_by)
    select $1::text, $2::uuid, ends, $3::text from fits
    where not exists (select from others)
    on conflict (source, entry) do update
    set until = excluded.until, snoozed_by = excluded.snoozed_by
    returning until
),
spoken as (
    select is_new, 'snoozed until ' || to_char(
        until at time zone 'UTC',
        case when (until at time zone 'UTC')::date = (now() at time zone 'UTC')::date
            then 'HH24:MI' else 'YYYY-MM-DD HH24:MI' end) || ' UTC' as words
    from (select true as is_new, until from snoozed
          union all
          select false, until from earlier) shown
)
select
    case
        when exists (select from snoozed) then 'done'
        when exists (select from others) then 'changed'
        else 'refused'
    end as outcome,
    case
        when exists (select from snoozed) then (select words from spoken where is_new)
        when exists (select from others) then (select 'owned by ' || owner from others)
        else 'a snooze ends in the future, within 30 days'
    end as now_state,
    case when not exists (select from snoozed) then (select owner from others) end as changed_by,
    case when not exists (select from snoozed) then (select claimed_at from others) end as changed_at,
    coalesce((select words from spoken where not is_new), 'not snoozed') as before
