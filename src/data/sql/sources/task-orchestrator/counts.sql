-- The numbers of the header and of the wall. The system does not record when a dead letter is requeued, so
-- resolutions are unknown. Dead letters are read in one pass; an index on failed and dead tasks saves reading
-- the rest of the table. An age that cannot be is no age: it is counted as suspect.
with {part:judged},
dead as materialized (
    select coalesce(completed_at, updated_at, started_at, claimed_at, created_at)::timestamptz as at
    from {part:dead_tasks} given_up
),
health as (
    select
        count(*) filter (where health = 'stale') as stale,
        count(*) filter (where health = 'warning') as warning,
        count(*) filter (where health = 'healthy') as healthy,
        count(*) filter (where health = 'unknown') as suspect
    from judged
),
letters as (
    select
        count(*) as pending,
        date_part('epoch', now() - min(at) filter (where believed)) / 60 as oldest,
        count(*) filter (where not believed) as suspect,
        count(*) filter (where at > now() - interval '1 hour' and at <= now()) as arrived
    from dead
    cross join lateral (
        select coalesce(at between now() - interval '10 years' and now() + interval '1 minute', false) as believed
    ) b
)
select
    h.stale,
    h.warning,
    h.healthy,
    h.suspect + l.suspect as suspect,
    l.suspect as suspect_entries,
    l.pending,
    l.pending as unowned,
    0::bigint as snoozed,
    l.oldest as oldest_pending_minutes,
    l.oldest as oldest_unowned_minutes,
    l.arrived as arrived_last_hour,
    -- requeued tasks leave no record
    null::bigint as resolved_last_hour,
    -- at least since the 51st of the entries that are still open
    case when l.pending > 50 then
        (select date_part('epoch', now() - at) / 60
         from dead where isfinite(at) order by at offset 50 limit 1)
    end as backlog_minutes,
    0::bigint as template_warnings,
    null::float8 as seconds_since_sweep,
    null::float8 as usual_sweep_gap_seconds
from health h
cross join letters l
