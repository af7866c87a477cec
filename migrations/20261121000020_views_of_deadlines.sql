-- The views that read deadlines and tallies. Names and columns are stable: add, never rename.

-- Every live task, judged.
create or replace view v_task_state_analysis as
select
    t.task_uuid,
    nt.named_task_uuid,
    ns.name as namespace_name,
    nt.name as task_name,
    nt.version as task_version,
    tr.to_state as current_state,
    tr.created_at as state_since,
    coalesce(minutes_between(tr.created_at, now()), 0) as time_in_state_minutes,
    coalesce(minutes_between(t.created_at, now()), 0) as task_age_minutes,
    state_threshold(tr.to_state, l.max_waiting_for_dependencies_minutes,
                    l.max_waiting_for_retry_minutes, l.max_steps_in_process_minutes)
        as staleness_threshold_minutes,
    l.max_lifetime_minutes,
    coalesce(d.expires_at <= now(), false) as lifetime_exceeded,
    age_is_suspect(tr.created_at, t.created_at) as age_suspect,
    l.staleness_action,
    l.auto_dlq_on_timeout,
    l.auto_fail_on_timeout,
    t.priority,
    t.correlation_id,
    t.created_at,
    case when d.task_uuid is null then 'healthy'
        else deadline_health(d.breaches_at, d.warns_at, d.since, d.created) end as health_status
from tasker_task_transitions tr
join tasker_tasks t using (task_uuid)
join tasker_named_tasks nt using (named_task_uuid)
join tasker_task_namespaces ns using (task_namespace_uuid)
join dlqtop.lifecycles l using (named_task_uuid)
left join dlqtop.deadlines d on d.task_uuid = t.task_uuid
where tr.most_recent and tr.to_state not in ('complete', 'cancelled', 'resolved_manually');

-- What is stale or can become so.
create or replace view v_task_staleness_monitoring as
select
    d.task_uuid,
    d.named_task_uuid,
    ns.name as namespace_name,
    nt.name as task_name,
    nt.version as task_version,
    d.state as current_state,
    coalesce(minutes_between(d.since, now()), 0) as time_in_state_minutes,
    coalesce(minutes_between(d.created, now()), 0) as task_age_minutes,
    m.threshold as staleness_threshold_minutes,
    l.max_lifetime_minutes,
    d.expires_at <= now() as lifetime_exceeded,
    age_is_suspect(d.since, d.created) as age_suspect,
    -- whichever limit comes first; none for what has no deadline
    case when isfinite(d.breaches_at) then minutes_between(now(), d.breaches_at)
        else m.threshold - coalesce(minutes_between(d.since, now()), 0)
    end as minutes_to_breach,
    -- 1 is the breach: how full the bar is
    greatest(coalesce(minutes_between(d.since, now()), 0) / m.threshold,
             case when d.expires_at <= now()
                 then coalesce(minutes_between(d.created, now()), 0) / l.max_lifetime_minutes
                 else 0 end) as breach_ratio,
    deadline_health(d.breaches_at, d.warns_at, d.since, d.created) as health_status,
    l.staleness_action,
    l.auto_dlq_on_timeout,
    l.auto_fail_on_timeout,
    e.dlq_entry_uuid as pending_entry,
    e.version as pending_entry_version,
    d.taken
        and deadline_health(d.breaches_at, d.warns_at, d.since, d.created) = 'stale'
        and (l.auto_fail_on_timeout
             or (e.dlq_entry_uuid is null and not exists (
                     select from tasker_tasks_dlq r
                     where r.task_uuid = d.task_uuid
                       and r.dlq_reason = 'staleness_timeout'
                       and r.dlq_timestamp >= d.since))) as sweep_takes,
    t.priority,
    t.correlation_id,
    d.since as state_since,
    -- the lists are ordered by it: overdue longest first, then what is due next
    d.breaches_at
from dlqtop.deadlines d
join tasker_tasks t using (task_uuid)
join tasker_named_tasks nt on nt.named_task_uuid = d.named_task_uuid
join tasker_task_namespaces ns using (task_namespace_uuid)
join dlqtop.lifecycles l on l.named_task_uuid = d.named_task_uuid
cross join lateral (
    select state_threshold(d.state, l.max_waiting_for_dependencies_minutes,
                           l.max_waiting_for_retry_minutes, l.max_steps_in_process_minutes)
        as threshold
) m
left join tasker_tasks_dlq e
    on e.task_uuid = d.task_uuid and e.resolution_status = 'pending';

-- What is not healthy, counted by template, without a look at what is.
create view v_staleness_counts as
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
        select named_task_uuid, deadline_health(breaches_at, warns_at, since, created) as health
        from dlqtop.deadlines
        where warns_at <= now() or warns_at = 'infinity' or ahead
        offset 0
    ) d
    group by named_task_uuid
) c
join tasker_named_tasks nt using (named_task_uuid)
join tasker_task_namespaces ns using (task_namespace_uuid);

-- How many tasks can become stale, the healthy ones included.
create view v_staleness_total as
select count(*) as tasks from dlqtop.deadlines;

create view v_dlq_counts as
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
join tasker_named_tasks nt using (named_task_uuid)
join tasker_task_namespaces ns using (task_namespace_uuid);

-- The instant at which an entry of this reason and age would have had the score 0: the score only
-- grows with time, and this does not move, so an index on it is the order of the queue. Adding
-- minutes to an instant does not depend on the time zone, whatever PostgreSQL must assume of
-- intervals in general; hence immutable. The schema is named because an index is also built where
-- nothing is on the search path: when a dump is restored.
create function dlq_priority_instant(p_reason dlq_reason, p_at timestamptz) returns timestamptz
language sql immutable parallel safe
as $$
    select p_at - public.dlq_priority_base(p_reason) * interval '1 minute'
$$;
create index entries_by_priority on tasker_tasks_dlq
    (dlq_priority_instant(dlq_reason, dlq_timestamp), dlq_entry_uuid)
    where resolution_status = 'pending';
-- Times to resolve are read from the latest ones of each reason.
create index entries_by_reason on tasker_tasks_dlq (dlq_reason, dlq_timestamp);
-- How long the oldest has waited; by the index of all entries it would be looked for among the closed.
create index entries_pending on tasker_tasks_dlq (dlq_timestamp, dlq_entry_uuid)
    where resolution_status = 'pending';
create index entries_resolved on tasker_tasks_dlq (dlq_reason, resolution_timestamp)
    where resolution_status = 'manually_resolved';

-- Steps that are not done, those first that an operator acts on: in error, then what retries, runs
-- or waits.
create view v_open_steps as
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
from tasker_workflow_steps s
join tasker_workflow_step_transitions st
    on st.workflow_step_uuid = s.workflow_step_uuid and st.most_recent
where st.to_state not in ('complete', 'resolved_manually', 'cancelled');

create or replace view v_dlq_investigation_queue as
select
    d.dlq_entry_uuid,
    d.task_uuid,
    d.original_state,
    d.dlq_reason,
    d.dlq_timestamp,
    coalesce(minutes_between(d.dlq_timestamp, now()), 0) as minutes_in_dlq,
    ns.name as namespace_name,
    nt.name as task_name,
    tr.to_state as current_state,
    coalesce(minutes_between(tr.created_at, now()), 0) as time_in_state_minutes,
    dlq_priority_base(d.dlq_reason) as priority_base,
    greatest(coalesce(minutes_between(d.dlq_timestamp, now()), 0), 0) as priority_age,
    dlq_priority_base(d.dlq_reason)
        + greatest(coalesce(minutes_between(d.dlq_timestamp, now()), 0), 0) as priority_score,
    c.owner,
    z.until as snoozed_until,
    step.step_name,
    step.workflow_step_uuid,
    step.state as step_state,
    step.attempts,
    step.max_attempts,
    left(split_part(step.last_error, E'\n', 1), 500) as current_error,
    (select count(*) from tasker_tasks_dlq e
     where e.task_uuid = d.task_uuid and e.resolution_status <> 'pending') as earlier_entries,
    (select count(*) from dlqtop.notes n where n.entry = d.dlq_entry_uuid) as notes,
    d.version,
    -- the queue is ordered by it: score 0 was then
    dlq_priority_instant(d.dlq_reason, d.dlq_timestamp) as priority_instant
from tasker_tasks_dlq d
join tasker_tasks t using (task_uuid)
join tasker_named_tasks nt using (named_task_uuid)
join tasker_task_namespaces ns using (task_namespace_uuid)
join tasker_task_transitions tr on tr.task_uuid = d.task_uuid and tr.most_recent
left join dlqtop.claims c on c.entry = d.dlq_entry_uuid and c.expires_at > now()
left join dlqtop.snoozes z on z.entry = d.dlq_entry_uuid and z.until > now()
left join lateral (
    select * from v_open_steps s
    where s.task_uuid = d.task_uuid
    order by s.urgency, s.step_number, s.workflow_step_uuid
    limit 1
) step on true
where d.resolution_status = 'pending';

-- The staleness list as the screen shows it: with the step that everything else waits for.
create view v_staleness_list as
select
    m.*,
    step.step_name as blocking_step,
    step.workflow_step_uuid as blocking_step_uuid,
    step.state as blocking_step_state,
    left(split_part(step.last_error, E'\n', 1), 500) as blocking_error
from v_task_staleness_monitoring m
left join lateral (
    select * from v_open_steps s
    where s.task_uuid = m.task_uuid
    order by s.urgency, s.step_number, s.workflow_step_uuid
    limit 1
) step on true;
drop function step_to_act_on(uuid);

-- When anything of the namespace's workers was last heard: a heartbeat, or a step finished within a
-- day. Read backwards in time until one is found: quick for whoever is at work.
create or replace view v_namespace_activity as
select
    ns.task_namespace_uuid,
    ns.name as namespace_name,
    (select max(w.last_heartbeat_at) from tasker_workers w
     where w.task_namespace_uuid = ns.task_namespace_uuid) as last_heartbeat_at,
    finished.created_at as last_finished_at
from tasker_task_namespaces ns
left join lateral (
    select st.created_at
    from tasker_workflow_step_transitions st
    join tasker_workflow_steps s using (workflow_step_uuid)
    join tasker_tasks t using (task_uuid)
    join tasker_named_tasks nt using (named_task_uuid)
    where st.to_state = 'complete' and st.created_at > now() - interval '1 day'
      and not st.metadata ? 'operator'
      and nt.task_namespace_uuid = ns.task_namespace_uuid
    order by st.created_at desc
    limit 1
) finished on true;

-- What the numbers and charts are made of: each reads an index, none the history.
create view v_dlq_pending as
select dlq_entry_uuid, dlq_timestamp
from tasker_tasks_dlq
where resolution_status = 'pending';

create view v_dlq_owners as
select d.dlq_entry_uuid, c.owner, c.expires_at
from dlqtop.claims c
join tasker_tasks_dlq d on d.dlq_entry_uuid = c.entry and d.resolution_status = 'pending'
where c.expires_at > now();

-- Arrivals and resolutions; `n` is what each does to the backlog.
create view v_dlq_events as
select dlq_timestamp as at, 'arrived' as change, 1 as n
from tasker_tasks_dlq
union all
select resolution_timestamp, 'resolved', -1
from tasker_tasks_dlq
where resolution_timestamp is not null;

create view v_sweeps as
select sweep_id, instance, started, took, detected, moved, skipped, failed, dry_run
from dlqtop.sweeps;

-- As v_dlq_dashboard, but the times are those of the latest thousand resolutions of each reason: what
-- it takes now, and not dearer with every entry that was ever closed.
create view v_dlq_recent_dashboard as
select
    c.dlq_reason,
    c.total_entries,
    c.pending,
    c.manually_resolved,
    c.permanent_failures,
    c.cancelled,
    (select min(d.dlq_timestamp) from tasker_tasks_dlq d where d.dlq_reason = c.dlq_reason)
        as oldest_entry,
    (select max(d.dlq_timestamp) from tasker_tasks_dlq d where d.dlq_reason = c.dlq_reason)
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
        select minutes_between(d.dlq_timestamp, d.resolution_timestamp) as minutes
        from tasker_tasks_dlq d
        where d.dlq_reason = c.dlq_reason and d.resolution_status = 'manually_resolved'
        order by d.resolution_timestamp desc
        limit 1000
    ) r
) recent;
