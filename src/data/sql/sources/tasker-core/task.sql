-- One task, for the top of its detail.
-- $1 task
select
    t.task_uuid,
    ns.name::text as namespace_name,
    nt.name::text as task_name,
    nt.version::text as task_version,
    coalesce(tr.to_state, 'pending')::text as current_state,
    coalesce(case when isfinite(tr.created_at) then extract(epoch from now() at time zone 'UTC' - tr.created_at)::float8 / 60 end, 0)
        as time_in_state_minutes,
    (case tr.to_state
        when 'waiting_for_dependencies' then coalesce(
            substring(nt.configuration #>> '{lifecycle,max_waiting_for_dependencies_minutes}'
                      from '^\s*([+-]?[0-9]{1,9})\s*$')::int,
            {setting:waiting_for_dependencies_minutes})
        when 'waiting_for_retry' then coalesce(
            substring(nt.configuration #>> '{lifecycle,max_waiting_for_retry_minutes}'
                      from '^\s*([+-]?[0-9]{1,9})\s*$')::int,
            {setting:waiting_for_retry_minutes})
        when 'steps_in_process' then coalesce(
            substring(nt.configuration #>> '{lifecycle,max_steps_in_process_minutes}'
                      from '^\s*([+-]?[0-9]{1,9})\s*$')::int,
            {setting:steps_in_process_minutes})
    end)::float8 as staleness_threshold_minutes,
    coalesce(case when isfinite(t.created_at) then extract(epoch from now() at time zone 'UTC' - t.created_at)::float8 / 60 end, 0)
        as task_age_minutes,
    t.priority,
    t.correlation_id,
    t.initiator::text as initiator,
    -- reads backwards in time, for a day at most, until a result of the namespace is found
    (select case when isfinite(a.recorded_at) then extract(epoch from now() at time zone 'UTC' - a.recorded_at)::float8 / 60 end
     from {table:workflow_step_result_audit} a
     join {table:tasks} other on other.task_uuid = a.task_uuid
     join {table:named_tasks} template on template.named_task_uuid = other.named_task_uuid
     where a.recorded_at > now() at time zone 'UTC' - interval '1 day'
       and template.task_namespace_uuid = nt.task_namespace_uuid
     order by a.recorded_at desc
     limit 1) as minutes_since_namespace_finished
from {table:tasks} t
join {table:named_tasks} nt using (named_task_uuid)
join {table:task_namespaces} ns using (task_namespace_uuid)
left join {table:task_transitions} tr on tr.task_uuid = t.task_uuid and tr.most_recent
where t.task_uuid = $1::uuid
