-- One task, at the top of its detail. The same error is looked for among the most urgent entries
-- only, so that it costs the same however many there are.
-- $1 task
with urgent as (
    select task_uuid, step_name, error_fingerprint(current_error) as fingerprint
    from v_dlq_investigation_queue
    order by priority_instant, dlq_entry_uuid
    limit 500
),
mine as (
    select step_name, error_fingerprint(current_error) as fingerprint
    from v_dlq_investigation_queue
    where task_uuid = $1::uuid
)
select
    t.task_uuid,
    t.namespace_name,
    t.task_name,
    t.task_version,
    t.current_state,
    coalesce(minutes_between(t.state_since, now()), 0) as time_in_state_minutes,
    a.staleness_threshold_minutes,
    coalesce(minutes_between(t.created_at, now()), 0) as task_age_minutes,
    t.priority,
    t.correlation_id,
    t.initiator,
    minutes_between(n.last_finished_at, now()) as minutes_since_namespace_finished,
    (select count(*)
     from mine
     join urgent using (step_name, fingerprint)
     where urgent.task_uuid <> t.task_uuid) as same_error_elsewhere,
    (select count(*) >= 500 from urgent) as same_error_at_least
from v_task_summary t
left join v_task_state_analysis a on a.task_uuid = t.task_uuid
left join v_namespace_activity n on n.task_namespace_uuid = t.task_namespace_uuid
where t.task_uuid = $1::uuid
