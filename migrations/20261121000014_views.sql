-- What the screens read. Names and columns are stable: add, never rename.

-- The step of a task that an operator acts on: in error first, then what retries, runs or waits.
create function step_to_act_on(p_task uuid)
returns table (
    step_name text, workflow_step_uuid uuid, state text, attempts int, max_attempts int,
    last_error text)
language sql stable
as $$
    select s.step_name, s.workflow_step_uuid, st.to_state, s.attempts, s.max_attempts, s.last_error
    from tasker_workflow_steps s
    join tasker_workflow_step_transitions st
        on st.workflow_step_uuid = s.workflow_step_uuid and st.most_recent
    where s.task_uuid = p_task
      and st.to_state not in ('complete', 'resolved_manually', 'cancelled')
    order by array_position(
                 array['error', 'waiting_for_retry', 'in_progress', 'enqueued', 'pending'],
                 st.to_state),
             s.step_number, s.workflow_step_uuid
    limit 1
$$;

create function dlq_priority_base(p_reason dlq_reason) returns float8
language sql immutable parallel safe
as $$
    select case p_reason
        when 'dependency_cycle_detected' then 1000
        when 'max_retries_exceeded' then 500
        when 'staleness_timeout' then 100
        when 'worker_unavailable' then 50
        else 10
    end::float8
$$;

-- What two errors have in common: their first line with every word that holds a digit (an amount, an
-- id, an address with a port) made alike. The screen's groups use the same rule.
create function error_fingerprint(p_error text) returns text
language sql immutable parallel safe
as $$
    select regexp_replace(left(split_part(p_error, E'\n', 1), 500), '\S*[0-9]\S*', '#', 'g')
$$;

create view v_dlq_investigation_queue as
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
    d.version
from tasker_tasks_dlq d
join tasker_tasks t using (task_uuid)
join tasker_named_tasks nt using (named_task_uuid)
join tasker_task_namespaces ns using (task_namespace_uuid)
join tasker_task_transitions tr on tr.task_uuid = d.task_uuid and tr.most_recent
left join dlqtop.claims c on c.entry = d.dlq_entry_uuid and c.expires_at > now()
left join dlqtop.snoozes z on z.entry = d.dlq_entry_uuid and z.until > now()
left join lateral step_to_act_on(d.task_uuid) step on true
where d.resolution_status = 'pending';

-- Times to resolve are over resolved entries only: an open entry has not been resolved yet.
create view v_dlq_dashboard as
select
    dlq_reason,
    count(*) as total_entries,
    count(*) filter (where resolution_status = 'pending') as pending,
    count(*) filter (where resolution_status = 'manually_resolved') as manually_resolved,
    count(*) filter (where resolution_status = 'permanently_failed') as permanent_failures,
    count(*) filter (where resolution_status = 'cancelled') as cancelled,
    min(dlq_timestamp) as oldest_entry,
    max(dlq_timestamp) as newest_entry,
    (avg(minutes_between(dlq_timestamp, resolution_timestamp))
        filter (where resolution_status = 'manually_resolved'))::float8
        as avg_resolution_time_minutes,
    (percentile_cont(0.5) within group (order by minutes_between(dlq_timestamp, resolution_timestamp))
        filter (where resolution_status = 'manually_resolved'))::float8
        as p50_resolution_time_minutes,
    (percentile_cont(0.9) within group (order by minutes_between(dlq_timestamp, resolution_timestamp))
        filter (where resolution_status = 'manually_resolved'))::float8
        as p90_resolution_time_minutes
from tasker_tasks_dlq
group by dlq_reason;

create view v_archive_statistics as
select 'tasks' as archive_table, count(*) as row_count, min(archived_at) as oldest,
       max(archived_at) as newest,
       pg_total_relation_size('tasker_tasks_archive') as bytes,
       count(*) filter (where archived_at > now() - interval '1 day') as archived_last_day
from tasker_tasks_archive
union all
select 'steps', count(*), min(archived_at), max(archived_at),
       pg_total_relation_size('tasker_workflow_steps_archive'),
       count(*) filter (where archived_at > now() - interval '1 day')
from tasker_workflow_steps_archive
union all
select 'transitions', count(*), min(archived_at), max(archived_at),
       pg_total_relation_size('tasker_task_transitions_archive'),
       count(*) filter (where archived_at > now() - interval '1 day')
from tasker_task_transitions_archive
union all
select 'dead letters', count(*), min(archived_at), max(archived_at),
       pg_total_relation_size('tasker_tasks_dlq_archive'),
       count(*) filter (where archived_at > now() - interval '1 day')
from tasker_tasks_dlq_archive;
