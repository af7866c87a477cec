-- The line of an error that says what happened: the first that is not blank, or what a Python
-- traceback ends in. The program's fingerprints are made of the same line, so that the queue, its
-- groups and what is said of one task mean the same error.
create function error_line(p_error text) returns text
language sql immutable parallel safe
as $$
    select left(
        case when ltrim(p_error, E' \t\r\n') like 'Traceback (most recent call%'
            then coalesce(
                (regexp_match(p_error, '.*\n([^[:space:]][^\n]*)'))[1],
                split_part(ltrim(p_error, E' \t\r\n'), E'\n', 1))
            else split_part(ltrim(p_error, E' \t\r\n'), E'\n', 1)
        end,
        500)
$$;

-- An error that is too long to be read whole: its beginning, and of a traceback also its end, where the
-- telling line is.
create function error_excerpt(p_error text) returns text
language sql immutable parallel safe
as $$
    select case
        when length(p_error) <= 4096 then p_error
        when ltrim(p_error, E' \t\r\n') like 'Traceback (most recent call%'
            then left(p_error, 2000) || E'\n  …\n  ' || right(p_error, 2000)
        else left(p_error, 4096)
    end
$$;

-- As they were, with the telling line.
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
    error_line(step.last_error) as current_error,
    (select count(*) from tasker_tasks_dlq e
     where e.task_uuid = d.task_uuid and e.resolution_status <> 'pending') as earlier_entries,
    (select count(*) from dlqtop.notes n where n.entry = d.dlq_entry_uuid) as notes,
    d.version,
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

create or replace view v_staleness_list as
select
    m.*,
    step.step_name as blocking_step,
    step.workflow_step_uuid as blocking_step_uuid,
    step.state as blocking_step_state,
    error_line(step.last_error) as blocking_error
from v_task_staleness_monitoring m
left join lateral (
    select * from v_open_steps s
    where s.task_uuid = m.task_uuid
    order by s.urgency, s.step_number, s.workflow_step_uuid
    limit 1
) step on true;

-- Its rule was another than that of the program.
drop function error_fingerprint(text);

select dlqtop.grant_roles();
