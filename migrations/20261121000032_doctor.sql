-- What `dlqtop doctor` looks at, and what it may put right.

-- As before, but what the log says is read with the rights of the view's owner, as all else here: a
-- function would read it with those of whoever looks.
create or replace view dlqtop.deadline_definition as
select
    tr.task_uuid,
    t.named_task_uuid,
    tr.to_state as state,
    f.since,
    t.created_at as created,
    warning_instant(f.since, t.created_at, f.threshold, l.warning_ratio, b.breaches_at) as warns_at,
    b.breaches_at,
    expiry_instant(f.since, t.created_at, f.threshold, l.max_lifetime_minutes, f.acted)
        as expires_at,
    l.taken,
    greatest(f.since, t.created_at) > now() + interval '1 minute' as ahead
from tasker_task_transitions tr
join tasker_tasks t using (task_uuid)
join dlqtop.lifecycles l using (named_task_uuid)
cross join lateral (
    select
        state_threshold(tr.to_state, l.max_waiting_for_dependencies_minutes,
                        l.max_waiting_for_retry_minutes, l.max_steps_in_process_minutes)
            as threshold,
        greatest(tr.created_at, case when tr.to_state = 'steps_in_process' then (
            select max(instant_or_null(s.results #>> '{batch_cursor,last_checkpoint}'))
            from tasker_workflow_steps s
            where s.task_uuid = tr.task_uuid and jsonb_exists(s.results, 'batch_cursor')) end) as since
    -- calculated once, not wherever it is mentioned
    offset 0
) w
cross join lateral (
    select w.threshold, w.since,
        case when lifetime_comes_first(
            w.since, t.created_at, w.threshold, l.max_lifetime_minutes) then greatest(
                -- when an operator last put the task to work, by the log
                (select max(o.at) from dlqtop.operator_log o
                 where o.task_uuid = tr.task_uuid
                   and o.outcome = 'done'
                   and o.action in ('reset_for_retry', 'resolve_manually', 'complete_manually',
                                    'cancel', 'set_limits', 'resume_task')),
                case when tr.metadata ? 'operator' then tr.created_at end) end as acted
    offset 0
) f
cross join lateral (
    select breach_instant(f.since, t.created_at, f.threshold, l.max_lifetime_minutes, f.acted)
        as breaches_at
    offset 0
) b
where tr.most_recent
  and tr.to_state in ('waiting_for_dependencies', 'waiting_for_retry', 'steps_in_process');
drop function last_operator_act(uuid);

-- Where what is kept differs from what it is kept of. Looks at every task that is under way and every
-- entry there is: for a doctor, not for a screen.
create view v_drift as select kept, subject, problem from dlqtop.drift;

-- Changes to the tallies that no sweep has added up.
create view v_tally_changes as select count(*) as changes from dlqtop.tallies;

-- Keeps anew what has drifted, and says so in the log. Whoever writes there waits until it is done.
create function dlqtop.repair(p_kept text, p_actor text, p_reason text) returns void
language plpgsql
as $$
begin
    perform require_actor_and_reason(p_actor, p_reason);
    case p_kept
        when 'deadlines' then perform dlqtop.rebuild_deadlines();
        when 'tallies' then perform dlqtop.rebuild_tallies();
        when 'archive' then perform dlqtop.recount_archive();
        else
            raise exception 'nothing here is called %', p_kept
                using errcode = 'invalid_parameter_value';
    end case;
    perform dlqtop.log_act(
        p_actor, 'repair', p_kept, null, null, p_reason, null, null, null, 'done');
end
$$;
revoke execute on function dlqtop.repair(text, text, text) from public;

select dlqtop.grant_roles();
