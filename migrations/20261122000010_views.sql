-- The views of stale tasks and of the dead-letter queue. Names and columns are stable: add, never rename.

-- Steps that are not done. `urgency` puts those first that an operator acts on: in error, then retrying,
-- running and waiting.
create view public.v_open_steps as
select
    s.task_uuid,
    s.workflow_step_uuid,
    s.step_name,
    s.step_number,
    st.to_state as state,
    s.attempts,
    s.max_attempts,
    s.last_error,
    array_position(array['error', 'waiting_for_retry', 'in_progress', 'enqueued', 'pending'],
                   st.to_state) as urgency
from public.tasker_workflow_steps s
join public.tasker_workflow_step_transitions st
    on st.workflow_step_uuid = s.workflow_step_uuid and st.most_recent
where st.to_state not in ('complete', 'resolved_manually', 'cancelled');

-- Every live task with its health.
create view public.v_task_state_analysis as
select
    t.task_uuid,
    nt.named_task_uuid,
    ns.name as namespace_name,
    nt.name as task_name,
    nt.version as task_version,
    tr.to_state as current_state,
    tr.created_at as state_since,
    coalesce(dlqtop.minutes_between(tr.created_at, now()), 0) as time_in_state_minutes,
    coalesce(dlqtop.minutes_between(t.created_at, now()), 0) as task_age_minutes,
    dlqtop.state_threshold(tr.to_state, l.max_waiting_for_dependencies_minutes,
                    l.max_waiting_for_retry_minutes, l.max_steps_in_process_minutes)
        as staleness_threshold_minutes,
    l.max_lifetime_minutes,
    coalesce(d.expires_at <= now(), false) as lifetime_exceeded,
    dlqtop.age_is_suspect(tr.created_at, t.created_at) as age_suspect,
    l.staleness_action,
    l.auto_dlq_on_timeout,
    l.auto_fail_on_timeout,
    t.priority,
    t.correlation_id,
    t.created_at,
    case when d.task_uuid is null then 'healthy'
        else dlqtop.deadline_health(d.breaches_at, d.warns_at, d.since, d.created) end as health_status
from public.tasker_task_transitions tr
join public.tasker_tasks t using (task_uuid)
join public.tasker_named_tasks nt using (named_task_uuid)
join public.tasker_task_namespaces ns using (task_namespace_uuid)
join dlqtop.lifecycles l using (named_task_uuid)
left join dlqtop.deadlines d on d.task_uuid = t.task_uuid
where tr.most_recent and tr.to_state not in ('complete', 'cancelled', 'resolved_manually');

-- Tasks in the three states that can become stale.
create view public.v_task_staleness_monitoring as
select
    d.task_uuid,
    d.named_task_uuid,
    ns.name as namespace_name,
    nt.name as task_name,
    nt.version as task_version,
    d.state as current_state,
    coalesce(dlqtop.minutes_between(d.since, now()), 0) as time_in_state_minutes,
    coalesce(dlqtop.minutes_between(d.created, now()), 0) as task_age_minutes,
    m.threshold as staleness_threshold_minutes,
    l.max_lifetime_minutes,
    d.expires_at <= now() as lifetime_exceeded,
    dlqtop.age_is_suspect(d.since, d.created) as age_suspect,
    -- whichever limit comes first; by the threshold if there is no deadline
    case when isfinite(d.breaches_at) then dlqtop.minutes_between(now(), d.breaches_at)
        else m.threshold - coalesce(dlqtop.minutes_between(d.since, now()), 0)
    end as minutes_to_breach,
    -- 1 at the breach; the screen draws it as a bar
    greatest(coalesce(dlqtop.minutes_between(d.since, now()), 0) / m.threshold,
             case when d.expires_at <= now()
                 then coalesce(dlqtop.minutes_between(d.created, now()), 0) / l.max_lifetime_minutes
                 else 0 end) as breach_ratio,
    dlqtop.deadline_health(d.breaches_at, d.warns_at, d.since, d.created) as health_status,
    l.staleness_action,
    l.auto_dlq_on_timeout,
    l.auto_fail_on_timeout,
    e.dlq_entry_uuid as pending_entry,
    e.version as pending_entry_version,
    d.taken
        and dlqtop.deadline_health(d.breaches_at, d.warns_at, d.since, d.created) = 'stale'
        and (l.auto_fail_on_timeout
             or (e.dlq_entry_uuid is null and not exists (
                     select from public.tasker_tasks_dlq r
                     where r.task_uuid = d.task_uuid
                       and r.dlq_reason = 'staleness_timeout'
                       and r.dlq_timestamp >= d.since))) as sweep_takes,
    t.priority,
    t.correlation_id,
    d.since as state_since,
    -- the order of the lists: longest overdue first, then what is due next
    d.breaches_at
from dlqtop.deadlines d
join public.tasker_tasks t using (task_uuid)
join public.tasker_named_tasks nt on nt.named_task_uuid = d.named_task_uuid
join public.tasker_task_namespaces ns using (task_namespace_uuid)
join dlqtop.lifecycles l on l.named_task_uuid = d.named_task_uuid
cross join lateral (
    select dlqtop.state_threshold(d.state, l.max_waiting_for_dependencies_minutes,
                           l.max_waiting_for_retry_minutes, l.max_steps_in_process_minutes)
        as threshold
) m
left join public.tasker_tasks_dlq e
    on e.task_uuid = d.task_uuid and e.resolution_status = 'pending';

-- The same with the step that holds the task up, as the screen shows it.
create view public.v_staleness_list as
select
    m.*,
    step.step_name as blocking_step,
    step.workflow_step_uuid as blocking_step_uuid,
    step.state as blocking_step_state,
    dlqtop.error_line(step.last_error) as blocking_error
from public.v_task_staleness_monitoring m
left join lateral (
    select * from public.v_open_steps s
    where s.task_uuid = m.task_uuid
    order by s.urgency, s.step_number, s.workflow_step_uuid
    limit 1
) step on true;

-- How many tasks of each template are not healthy. Does not read the healthy ones.
create view public.v_staleness_counts as
select
    ns.name as namespace_name,
    nt.name as task_name,
    nt.version as task_version,
    c.stale,
    c.warning,
    c.suspect
from (
    select
        named_task_uuid,
        count(*) filter (where health = 'stale') as stale,
        count(*) filter (where health = 'warning') as warning,
        count(*) filter (where health = 'unknown') as suspect
    from (
        select named_task_uuid, dlqtop.deadline_health(breaches_at, warns_at, since, created) as health
        from dlqtop.deadlines
        where warns_at <= now() or warns_at = 'infinity' or ahead
        offset 0
    ) d
    group by named_task_uuid
) c
join public.tasker_named_tasks nt using (named_task_uuid)
join public.tasker_task_namespaces ns using (task_namespace_uuid);

-- How many tasks can become stale, the healthy ones included.
create view public.v_staleness_total as
select count(*) as tasks from dlqtop.deadlines;

-- The pending entries, each with its priority, its claim and snooze, and the step to act on.
create view public.v_dlq_investigation_queue as
select
    d.dlq_entry_uuid,
    d.task_uuid,
    d.original_state,
    d.dlq_reason,
    d.dlq_timestamp,
    coalesce(dlqtop.minutes_between(d.dlq_timestamp, now()), 0) as minutes_in_dlq,
    ns.name as namespace_name,
    nt.name as task_name,
    tr.to_state as current_state,
    coalesce(dlqtop.minutes_between(tr.created_at, now()), 0) as time_in_state_minutes,
    dlqtop.dlq_priority_base(d.dlq_reason) as priority_base,
    greatest(coalesce(dlqtop.minutes_between(d.dlq_timestamp, now()), 0), 0) as priority_age,
    dlqtop.dlq_priority_base(d.dlq_reason)
        + greatest(coalesce(dlqtop.minutes_between(d.dlq_timestamp, now()), 0), 0) as priority_score,
    c.owner,
    z.until as snoozed_until,
    step.step_name,
    step.workflow_step_uuid,
    step.state as step_state,
    step.attempts,
    step.max_attempts,
    dlqtop.error_line(step.last_error) as current_error,
    (select count(*) from public.tasker_tasks_dlq e
     where e.task_uuid = d.task_uuid and e.resolution_status <> 'pending') as earlier_entries,
    (select count(*) from dlqtop.notes n where n.entry = d.dlq_entry_uuid) as notes,
    d.version,
    dlqtop.dlq_priority_instant(d.dlq_reason, d.dlq_timestamp) as priority_instant
from public.tasker_tasks_dlq d
join public.tasker_tasks t using (task_uuid)
join public.tasker_named_tasks nt using (named_task_uuid)
join public.tasker_task_namespaces ns using (task_namespace_uuid)
join public.tasker_task_transitions tr on tr.task_uuid = d.task_uuid and tr.most_recent
left join dlqtop.claims c on c.entry = d.dlq_entry_uuid and c.expires_at > now()
left join dlqtop.snoozes z on z.entry = d.dlq_entry_uuid and z.until > now()
left join lateral (
    select * from public.v_open_steps s
    where s.task_uuid = d.task_uuid
    order by s.urgency, s.step_number, s.workflow_step_uuid
    limit 1
) step on true
where d.resolution_status = 'pending';

-- Counts and times to resolve by reason, over all entries. The times are those of resolved entries.
create view public.v_dlq_dashboard as
select
    dlq_reason,
    count(*) as total_entries,
    count(*) filter (where resolution_status = 'pending') as pending,
    count(*) filter (where resolution_status = 'manually_resolved') as manually_resolved,
    count(*) filter (where resolution_status = 'permanently_failed') as permanent_failures,
    count(*) filter (where resolution_status = 'cancelled') as cancelled,
    min(dlq_timestamp) as oldest_entry,
    max(dlq_timestamp) as newest_entry,
    (avg(dlqtop.minutes_between(dlq_timestamp, resolution_timestamp))
        filter (where resolution_status = 'manually_resolved'))::float8
        as avg_resolution_time_minutes,
    (percentile_cont(0.5) within group (order by dlqtop.minutes_between(dlq_timestamp, resolution_timestamp))
        filter (where resolution_status = 'manually_resolved'))::float8
        as p50_resolution_time_minutes,
    (percentile_cont(0.9) within group (order by dlqtop.minutes_between(dlq_timestamp, resolution_timestamp))
        filter (where resolution_status = 'manually_resolved'))::float8
        as p90_resolution_time_minutes
from public.tasker_tasks_dlq
group by dlq_reason;

-- As v_dlq_dashboard, but with the times of the latest thousand resolutions of each reason: what it takes
-- now. Reading it does not become slower with every closed entry.
create view public.v_dlq_recent_dashboard as
select
    c.dlq_reason,
    c.total_entries,
    c.pending,
    c.manually_resolved,
    c.permanent_failures,
    c.cancelled,
    (select min(d.dlq_timestamp) from public.tasker_tasks_dlq d where d.dlq_reason = c.dlq_reason)
        as oldest_entry,
    (select max(d.dlq_timestamp) from public.tasker_tasks_dlq d where d.dlq_reason = c.dlq_reason)
        as newest_entry,
    recent.mean as avg_resolution_time_minutes,
    recent.p50 as p50_resolution_time_minutes,
    recent.p90 as p90_resolution_time_minutes
from (
    select
        dlq_reason,
        sum(entries)::bigint as total_entries,
        coalesce(sum(entries) filter (where resolution_status = 'pending'), 0)::bigint as pending,
        coalesce(sum(entries) filter (where resolution_status = 'manually_resolved'), 0)::bigint
            as manually_resolved,
        coalesce(sum(entries) filter (where resolution_status = 'permanently_failed'), 0)::bigint
            as permanent_failures,
        coalesce(sum(entries) filter (where resolution_status = 'cancelled'), 0)::bigint
            as cancelled
    from dlqtop.tallies
    group by dlq_reason
    having sum(entries) <> 0
) c
cross join lateral (
    select
        avg(r.minutes)::float8 as mean,
        (percentile_cont(0.5) within group (order by r.minutes))::float8 as p50,
        (percentile_cont(0.9) within group (order by r.minutes))::float8 as p90
    from (
        select dlqtop.minutes_between(d.dlq_timestamp, d.resolution_timestamp) as minutes
        from public.tasker_tasks_dlq d
        where d.dlq_reason = c.dlq_reason and d.resolution_status = 'manually_resolved'
        order by d.resolution_timestamp desc
        limit 1000
    ) r
) recent;

-- How many entries each template has, by reason and status.
create view public.v_dlq_counts as
select
    ns.name as namespace_name,
    nt.name as task_name,
    nt.version as task_version,
    c.dlq_reason,
    c.resolution_status,
    c.entries
from (
    select named_task_uuid, dlq_reason, resolution_status, sum(entries)::bigint as entries
    from dlqtop.tallies
    group by 1, 2, 3
    having sum(entries) <> 0
) c
join public.tasker_named_tasks nt using (named_task_uuid)
join public.tasker_task_namespaces ns using (task_namespace_uuid);

-- For numbers and charts: reads an index only.
create view public.v_dlq_pending as
select dlq_entry_uuid, dlq_timestamp
from public.tasker_tasks_dlq
where resolution_status = 'pending';

-- Closed entries with their template, for an operator who sees the same error again. Without the snapshots,
-- which are large: v_dlq_entries has them.
create view public.v_dlq_closed as
select
    d.dlq_entry_uuid,
    d.task_uuid,
    ns.name as namespace_name,
    nt.name as task_name,
    d.dlq_reason,
    d.resolution_status,
    d.resolution_timestamp,
    d.resolution_notes,
    d.resolved_by
from public.tasker_tasks_dlq d
join public.tasker_tasks t using (task_uuid)
join public.tasker_named_tasks nt using (named_task_uuid)
join public.tasker_task_namespaces ns using (task_namespace_uuid)
where d.resolution_timestamp is not null and d.resolution_status <> 'pending';

-- Arrivals and resolutions; `n` is the change of the backlog.
create view public.v_dlq_events as
select dlq_timestamp as at, 'arrived' as change, 1 as n
from public.tasker_tasks_dlq
union all
select resolution_timestamp, 'resolved', -1
from public.tasker_tasks_dlq
where resolution_timestamp is not null;

-- All entries with their snapshots.
create view public.v_dlq_entries as
select
    dlq_entry_uuid, task_uuid, original_state, dlq_reason, dlq_timestamp, task_snapshot,
    resolution_status, resolution_timestamp, resolution_notes, resolved_by, version
from public.tasker_tasks_dlq;

-- The results of steps, to correct them by hand.
create view public.v_step_results as
select workflow_step_uuid, results from public.tasker_workflow_steps;
