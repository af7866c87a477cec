-- Claims an entry for a number of minutes, or extends the claim. An entry that someone else has claimed is
-- taken over only if $5 allows it.
-- $1 source   $2 entry   $3 actor   $4 minutes   $5 whether to take over someone else's claim
with held as (
    select owner, claimed_at, expires_at from dlqtop.claims
    where source = $1::text and entry = $2::uuid and expires_at > now()
),
claimed as (
    insert into dlqtop.claims as c (source, entry, owner, claimed_at, expires_at)
    select $1::text, $2::uuid, $3::text, now(), now() + $4::int * interval '1 minute'
    where $4::int between 1 and 10080
      and ($5::boolean or not exists (select from held where owner <> $3::text))
    on conflict (source, entry) do update
    set owner = excluded.owner,
        claimed_at = case when c.owner = excluded.owner and c.expires_at > now()
                         then c.claimed_at else excluded.claimed_at end,
        expires_at = excluded.expires_at
    returning owner, expires_at
),
spoken as (
    select
        'owned by ' || owner || ' until ' || to_char(
            expires_at at time zone 'UTC',
            case when (expires_at at time zone 'UTC')::date = (now() at time zone 'UTC')::date
                then 'HH24:MI' else 'YYYY-MM-DD HH24:MI' end) || ' UTC' as words
    from (select owner, expires_at from claimed
          union all
          select owner, expires_at from held where not exists (select from claimed)) shown
)
select
    case
        when exists (select from claimed) then 'done'
        when $4::int between 1 and 10080 then 'changed'
        else 'refused'
    end as outcome,
    case
        when $4::int between 1 and 10080 then (select words from spoken) || coalesce(
            (select ', taken over from ' || held.owner from held
             where held.owner <> $3::text and exists (select from claimed)), '')
        else 'a claim lasts from 1 minute to 7 days'
    end as now_state,
    case when not exists (select from claimed) then (select owner from held) end as changed_by,
    case when not exists (select from claimed) then (select claimed_at from held) end as changed_at,
    coalesce((select 'owned by ' || owner from held), 'owned by nobody') as before
