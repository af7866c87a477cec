-- The plain formulation of the screens: the shape that tasker-core's SQL has, over the same tables.
-- A function of one row, called for each task and each column, reads the threshold from the
-- template's JSON; views join all tasks that are not complete and sort them.
--
-- The thresholds in the calls are those of the settings in force here, because such views have them as
-- literals.

create schema plain;

create function plain.calculate_staleness_threshold(
    p_state text, p_configuration jsonb,
    p_waiting_for_dependencies int, p_waiting_for_retry int, p_steps_in_process int)
returns int
language plpgsql immutable
as $$
begin
    return case p_state
        when 'waiting_for_dependencies' then coalesce(
            (p_configuration -> 'lifecycle' ->> 'max_waiting_for_dependencies_minutes')::int,
            p_waiting_for_dependencies)
        when 'waiting_for_retry' then coalesce(
            (p_configuration -> 'lifecycle' ->> 'max_waiting_for_retry_minutes')::int,
            p_waiting_for_retry)
        when 'steps_in_process' then coalesce(
            (p_configuration -> 'lifecycle' ->> 'max_steps_in_process_minutes')::int,
            p_steps_in_process)
        else 1440
    end;
end
$$;

create view plain.v_task_state_analysis as
select
    t.task_uuid,
    t.correlation_id,
    ns.name as namespace_name,
    nt.name as task_name,
    nt.named_task_uuid,
    nt.configuration as template_config,
    tr.to_state as current_state,
    tr.created_at as state_entered_at,
    extract(epoch from now() - tr.created_at) / 60 as time_in_state_minutes,
    extract(epoch from now() - t.created_at) / 60 as task_age_minutes,
    t.priority
from public.tasker_tasks t
join public.tasker_named_tasks nt using (named_task_uuid)
join public.tasker_task_namespaces ns using (task_namespace_uuid)
join public.tasker_task_transitions tr on tr.task_uuid = t.task_uuid and tr.most_recent
where not t.complete;

create view plain.v_task_staleness_monitoring as
select
    task_uuid,
    namespace_name,
    task_name,
    current_state,
    time_in_state_minutes,
    task_age_minutes,
    plain.calculate_staleness_threshold(current_state, template_config, 600, 300, 300)
        as staleness_threshold_minutes,
    case
        when time_in_state_minutes >= plain.calculate_staleness_threshold(
            current_state, template_config, 600, 300, 300) then 'stale'
        when time_in_state_minutes >= plain.calculate_staleness_threshold(
            current_state, template_config, 600, 300, 300) * 0.8 then 'warning'
        else 'healthy'
    end as health_status,
    priority
from plain.v_task_state_analysis
where current_state in ('waiting_for_dependencies', 'waiting_for_retry', 'steps_in_process');

create view plain.v_dlq_investigation_queue as
select
    dlq_entry_uuid,
    task_uuid,
    original_state,
    dlq_reason,
    dlq_timestamp,
    extract(epoch from now() - dlq_timestamp) / 60 as minutes_in_dlq,
    task_snapshot ->> 'namespace' as namespace_name,
    task_snapshot ->> 'task_name' as task_name,
    task_snapshot ->> 'current_state' as current_state,
    (metadata ->> 'time_in_state_minutes')::int as time_in_state_minutes,
    case dlq_reason
        when 'dependency_cycle_detected' then 1000
        when 'max_retries_exceeded' then 500
        when 'staleness_timeout' then 100
        when 'worker_unavailable' then 50
        else 10
    end + extract(epoch from now() - dlq_timestamp) / 60 as priority_score
from public.tasker_tasks_dlq
where resolution_status = 'pending'
order by priority_score desc;

create view plain.v_dlq_dashboard as
select
    dlq_reason,
    count(*) as total_entries,
    count(*) filter (where resolution_status = 'pending') as pending,
    count(*) filter (where resolution_status = 'manually_resolved') as manually_resolved,
    count(*) filter (where resolution_status = 'permanently_failed') as permanent_failures,
    count(*) filter (where resolution_status = 'cancelled') as cancelled,
    min(dlq_timestamp) as oldest_entry,
    max(dlq_timestamp) as newest_entry,
    avg(extract(epoch from coalesce(resolution_timestamp, now()) - dlq_timestamp) / 60)
        as avg_resolution_time_minutes
from public.tasker_tasks_dlq
group by dlq_reason;

-- The index that such a schema has on tasks that are not complete. Ours has the others already.
create index plain_open_tasks on public.tasker_tasks (complete, priority, task_uuid)
    include (named_task_uuid, requested_at) where not complete;
