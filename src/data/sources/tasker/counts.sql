-- The numbers of the header and of the wall.
with health as (
    select
        count(*) filter (where health_status = 'stale') as stale,
        count(*) filter (where health_status = 'warning') as warning,
        count(*) filter (where health_status = 'healthy') as healthy,
        count(*) filter (where health_status = 'unknown') as suspect
    from v_task_staleness_monitoring
),
open_entries as (
    select
        count(*) as pending,
        count(*) filter (where c.owner is null) as unowned,
        max(minutes_between(d.dlq_timestamp, now())) as oldest,
        max(minutes_between(d.dlq_timestamp, now())) filter (where c.owner is null) as oldest_unowned
    from tasker_tasks_dlq d
    left join dlqtop.claims c on c.entry = d.dlq_entry_uuid and c.expires_at > now()
    where d.resolution_status = 'pending'
),
-- every arrival and resolution of the last three hours, with the backlog before it
events as (
    select dlq_timestamp as at, 1 as change from tasker_tasks_dlq
    where dlq_timestamp > now() - interval '3 hours'
    union all
    select resolution_timestamp, -1 from tasker_tasks_dlq
    where resolution_timestamp > now() - interval '3 hours'
),
backlog as (
    select
        e.at,
        o.pending - sum(e.change) over (
            order by e.at desc, e.change
            rows between unbounded preceding and current row) as before
    from events e
    cross join open_entries o
)
select
    h.stale,
    h.warning,
    h.healthy,
    h.suspect,
    o.pending,
    o.unowned,
    o.oldest as oldest_pending_minutes,
    o.oldest_unowned as oldest_unowned_minutes,
    (select count(*) from tasker_tasks_dlq
     where dlq_timestamp > now() - interval '1 hour') as arrived_last_hour,
    (select count(*) from tasker_tasks_dlq
     where resolution_timestamp > now() - interval '1 hour') as resolved_last_hour,
    -- since the last event that lifted it over fifty; three hours if there was none
    case when o.pending > 50 then coalesce(
        (select minutes_between(max(b.at), now()) from backlog b where b.before <= 50),
        180)
    end as backlog_minutes,
    (select count(*) from v_template_lifecycle where warnings <> '{}') as template_warnings,
    (select extract(epoch from now() - max(started + took))::float8 from dlqtop.sweeps
     where not dry_run) as seconds_since_sweep,
    -- how often somebody usually sweeps: the gaps between the last six
    (select extract(epoch from max(started) - min(started))::float8 / nullif(count(*) - 1, 0)
     from (select started from dlqtop.sweeps where not dry_run
           order by started desc limit 6) latest) as usual_sweep_gap_seconds
from health h
cross join open_entries o
