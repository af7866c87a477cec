-- The numbers of the header and of the wall.
with health as (
    select
        coalesce(sum(stale), 0)::bigint as stale,
        coalesce(sum(warning), 0)::bigint as warning,
        coalesce(sum(suspect), 0)::bigint as suspect,
        (select tasks from public.v_staleness_total) as tasks
    from public.v_staleness_counts
),
open_entries as (
    select coalesce(sum(entries), 0)::bigint as pending
    from public.v_dlq_counts
    where resolution_status = 'pending'
),
-- an instant that cannot be is no age
suspect_entries as (
    select
        (select count(*) from public.v_dlq_pending where dlq_timestamp > now() + interval '1 minute')
        + (select count(*) from public.v_dlq_pending where dlq_timestamp < '2000-01-01 00:00+00') as suspect
),
claimed as (
    select count(*) as pending
    from public.v_dlq_owners
),
-- every arrival and resolution of the last three hours, to calculate the backlog before it
events as (
    select at, change, n from public.v_dlq_events where at > now() - interval '3 hours'
),
backlog as (
    select
        e.at,
        o.pending - sum(e.n) over (
            order by e.at desc, e.change
            rows between unbounded preceding and current row) as before
    from events e
    cross join open_entries o
)
select
    h.stale,
    h.warning,
    greatest(0, h.tasks - h.stale - h.warning - h.suspect) as healthy,
    h.suspect + e.suspect as suspect,
    e.suspect as suspect_entries,
    o.pending,
    greatest(0, o.pending - c.pending) as unowned,
    (select count(*) from public.v_dlq_snoozes) as snoozed,
    (select dlqtop.minutes_between(min(dlq_timestamp), now()) from public.v_dlq_pending
     where dlq_timestamp between '2000-01-01 00:00+00' and now() + interval '1 minute')
        as oldest_pending_minutes,
    (select dlqtop.minutes_between(dlq_timestamp, now()) from public.v_dlq_pending p
     where dlq_timestamp between '2000-01-01 00:00+00' and now() + interval '1 minute'
       and not exists (select from public.v_dlq_owners w where w.dlq_entry_uuid = p.dlq_entry_uuid)
     order by dlq_timestamp
     limit 1) as oldest_unowned_minutes,
    (select count(*) from public.v_dlq_events
     where change = 'arrived' and at > now() - interval '1 hour') as arrived_last_hour,
    (select count(*) from public.v_dlq_events
     where change = 'resolved' and at > now() - interval '1 hour') as resolved_last_hour,
    -- since the last arrival that took the backlog over 50; three hours if there was none
    case when o.pending > 50 then coalesce(
        (select dlqtop.minutes_between(max(b.at), now()) from backlog b where b.before <= 50),
        180)
    end as backlog_minutes,
    (select count(*) from public.v_template_lifecycle where warnings <> '{}') as template_warnings,
    (select extract(epoch from now() - max(started + took))::float8 from public.v_sweeps
     where not dry_run and started > now() - interval '7 days' and started <= now()) as seconds_since_sweep,
    -- the usual interval between sweeps: the average of the last six
    (select extract(epoch from max(started) - min(started))::float8 / nullif(count(*) - 1, 0)
     from (select started from public.v_sweeps where not dry_run and isfinite(started) and started <= now()
           order by started desc limit 6) latest) as usual_sweep_gap_seconds
from health h
cross join open_entries o
cross join suspect_entries e
cross join claimed c
