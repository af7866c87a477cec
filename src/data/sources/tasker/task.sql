-- One task, at the top of its detail.
-- $1 task
select
    t.task_uuid,
    ns.name as namespace_name,
    nt.name as task_name,
    nt.version as task_version,
    tr.to_state as current_state,
    coalesce(minutes_between(tr.created_at, now()), 0) as time_in_state_minutes,
    a.staleness_threshold_minutes,
    coalesce(minutes_between(t.created_at, now()), 0) as task_age_minutes,
    t.priority,
    t.correlation_id,
    t.initiator,
    minutes_between(n.last_finished_at, now()) as minutes_since_namespace_finished,
    (select count(*)
     from v_dlq_investigation_queue mine
     join v_dlq_investigation_queue other
         on other.step_name = mine.step_name
        and error_fingerprint(other.current_error) = error_fingerprint(mine.current_error)
        and other.task_uuid <> mine.task_uuid
     where mine.task_uuid = t.task_uuid) as same_error_elsewhere
from tasker_tasks t
join tasker_named_tasks nt using (named_task_uuid)
join tasker_task_namespaces ns using (task_namespace_uuid)
join tasker_task_transitions tr on tr.task_uuid = t.task_uuid and tr.most_recent
left join v_task_state_analysis a on a.task_uuid = t.task_uuid
left join v_namespace_activity n on n.task_namespace_uuid = ns.task_namespace_uuid
where t.task_uuid = $1::uuid
