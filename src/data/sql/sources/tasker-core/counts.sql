-- The numbers of the header and of the wall. The system knows no owners and no snoozes.
with {part:thresholds},
judged as (
    select
        case
            when not (t.created_at >= c.earliest
                      and tr.since <= c.latest
                      and (t.created_at <= tr.since or t.created_at <= tr.since + interval '1 minute'))
                then 'unknown'
            when t.created_at <= c.too_old or tr.to_state in ('blocked_by_failures', 'error') then 'stale'
            when tr.since <= case tr.to_state
                    when 'waiting_for_dependencies' then l.dependencies_stale
                    when 'waiting_for_retry' then l.retry_stale
                    else l.steps_stale
                end then 'stale'
            when tr.since <= case tr.to_state
                    when 'waiting_for_dependencies' then l.dependencies_warned
                    when 'waiting_for_retry' then l.retry_warned
                    else l.steps_warned
                end then 'warning'
            else 'healthy'
        end as health
    from {table:tasks} t
    join templates l using (named_task_uuid)
    cross join clock c
    {part:current_state}
    where t.complete = false
      and {part:watched}
),
health as (
    select
        count(*) filter (where health = 'stale') as stale,
        count(*) filter (where health = 'warning') as warning,
        count(*) filter (where health = 'healthy') as healthy,
        count(*) filter (where health = 'unknown') as suspect
    from judged
),
open_entries as (
    select
        count(*) as pending,
        min(dlq_timestamp) filter (where believed) as oldest,
        count(*) filter (where not believed) as suspect
    from {table:tasks_dlq}
    -- an instant that cannot be is no age
    cross join lateral (
        select coalesce(dlq_timestamp between '2000-01-01' and now() at time zone 'UTC' + interval '1 minute', false)
            as believed
    ) b
    where resolution_status = 'pending'
),
-- every arrival and resolution of the last three hours, to calculate the backlog before it
events as (
    select dlq_timestamp as at, 'arrived' as change, 1 as n
    from {table:tasks_dlq}
    where dlq_timestamp > now() at time zone 'UTC' - interval '3 hours'
    union all
    select resolution_timestamp, 'resolved', -1
    from {table:tasks_dlq}
    where resolution_timestamp > now() at time zone 'UTC' - interval '3 hours'
      and resolution_status <> 'pending'
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
    h.healthy,
    h.suspect + o.suspect as suspect,
    o.suspect as suspect_entries,
    o.pending,
    o.pending as unowned,
    0::bigint as snoozed,
    extract(epoch from now() at time zone 'UTC' - o.oldest)::float8 / 60 as oldest_pending_minutes,
    extract(epoch from now() at time zone 'UTC' - o.oldest)::float8 / 60 as oldest_unowned_minutes,
    (select count(*) from events
     where change = 'arrived' and at > now() at time zone 'UTC' - interval '1 hour')
        as arrived_last_hour,
    (select count(*) from events
     where change = 'resolved' and at > now() at time zone 'UTC' - interval '1 hour')
        as resolved_last_hour,
    -- since the last arrival that took the backlog over 50; three hours if there was none
    case when o.pending > 50 then coalesce(
        (select extract(epoch from now() at time zone 'UTC' - max(b.at))::float8 / 60
         from backlog b where b.before <= 50 and isfinite(b.at)),
        180)
    end as backlog_minutes,
    (select count(*) from {table:named_tasks} nt where exists (
        {part:unreadable_lifecycle}))
        as template_warnings,
    -- the system's own sweep leaves no record when it finds nothing
    null::float8 as seconds_since_sweep,
    null::float8 as usual_sweep_gap_seconds
from health h
cross join open_entries o
