-- Instants that the two lists are paged by.

create or replace view v_task_staleness_monitoring as
select
    a.task_uuid,
    a.named_task_uuid,
    a.namespace_name,
    a.task_name,
    a.task_version,
    a.current_state,
    a.time_in_state_minutes,
    a.task_age_minutes,
    a.staleness_threshold_minutes,
    a.max_lifetime_minutes,
    a.lifetime_exceeded,
    a.age_suspect,
    -- whichever comes first; past its lifetime and not stale means grace: the threshold counts
    case when a.task_age_minutes > a.max_lifetime_minutes and not a.lifetime_exceeded
        then a.staleness_threshold_minutes - a.time_in_state_minutes
        else least(a.max_lifetime_minutes - a.task_age_minutes,
                   a.staleness_threshold_minutes - a.time_in_state_minutes)
    end as minutes_to_breach,
    -- 1 is the breach; the screen and the sweep take the furthest over first
    greatest(a.time_in_state_minutes / a.staleness_threshold_minutes,
             case when a.lifetime_exceeded
                 then a.task_age_minutes / a.max_lifetime_minutes else 0 end) as breach_ratio,
    a.health_status,
    a.staleness_action,
    a.auto_dlq_on_timeout,
    a.auto_fail_on_timeout,
    d.dlq_entry_uuid as pending_entry,
    d.version as pending_entry_version,
    a.health_status = 'stale'
        and a.staleness_action = 'dlq'
        and (a.auto_fail_on_timeout
             or (a.auto_dlq_on_timeout and not task_was_recorded(
                     a.task_uuid, a.state_since, 'staleness_timeout'))) as sweep_takes,
    a.priority,
    a.correlation_id,
    a.state_since,
    case
        when a.age_suspect then 'infinity'
        when a.task_age_minutes > a.max_lifetime_minutes and not a.lifetime_exceeded
            then a.state_since + a.staleness_threshold_minutes * interval '1 minute'
        else least(a.created_at + a.max_lifetime_minutes * interval '1 minute',
                   a.state_since + a.staleness_threshold_minutes * interval '1 minute')
    end as breaches_at
from v_task_state_analysis a
left join tasker_tasks_dlq d
    on d.task_uuid = a.task_uuid and d.resolution_status = 'pending'
where a.current_state in ('waiting_for_dependencies', 'waiting_for_retry', 'steps_in_process');

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
    d.dlq_timestamp - dlq_priority_base(d.dlq_reason) * interval '1 minute' as priority_instant
from tasker_tasks_dlq d
join tasker_tasks t using (task_uuid)
join tasker_named_tasks nt using (named_task_uuid)
join tasker_task_namespaces ns using (task_namespace_uuid)
join tasker_task_transitions tr on tr.task_uuid = d.task_uuid and tr.most_recent
left join dlqtop.claims c on c.entry = d.dlq_entry_uuid and c.expires_at > now()
left join dlqtop.snoozes z on z.entry = d.dlq_entry_uuid and z.until > now()
left join lateral step_to_act_on(d.task_uuid) step on true
where d.resolution_status = 'pending';
