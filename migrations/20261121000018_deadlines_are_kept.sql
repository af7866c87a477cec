-- What keeps the deadlines right, whoever writes: triggers on transitions, tasks, steps, the log,
-- templates and settings.

-- Brings one task's deadline up to what is true now.
create function dlqtop.set_deadline(p_task uuid) returns void
language plpgsql security definer
set search_path = pg_catalog, public, dlqtop, pg_temp
as $$
begin
    -- Against a template that is being changed: its change waits for this transaction and then sees
    -- this row, or this waits for it, and the next statement sees the template as it is.
    lock table dlqtop.deadlines in row exclusive mode;
    insert into dlqtop.deadlines
        (task_uuid, named_task_uuid, state, since, created, warns_at, breaches_at, expires_at, taken,
         ahead)
    select task_uuid, named_task_uuid, state, since, created, warns_at, breaches_at, expires_at, taken,
           ahead
    from dlqtop.deadline_definition
    where task_uuid = p_task
    on conflict (task_uuid) do update set
        named_task_uuid = excluded.named_task_uuid,
        state = excluded.state,
        since = excluded.since,
        created = excluded.created,
        warns_at = excluded.warns_at,
        breaches_at = excluded.breaches_at,
        expires_at = excluded.expires_at,
        taken = excluded.taken,
        ahead = excluded.ahead;
    if not found then
        delete from dlqtop.deadlines where task_uuid = p_task;
    end if;
end
$$;

-- Transitions. Into one of the three states: a deadline; out of it: none. What lies between is not
-- looked at: the conditions are the triggers' own, so most transitions call no function. This one is
-- called the most, so it leaves out what seldom matters: checkpoints, and whether an operator has
-- acted. Where one of them does, `set_deadline` does it again in full.
create function dlqtop.transition_sets_deadline() returns trigger
language plpgsql security definer
set search_path = pg_catalog, public, dlqtop, pg_temp
as $$
declare
    by_lifetime boolean;
begin
    lock table dlqtop.deadlines in row exclusive mode;
    insert into dlqtop.deadlines as d
        (task_uuid, named_task_uuid, state, since, created, warns_at, breaches_at, expires_at, taken,
         ahead)
    select
        new.task_uuid, t.named_task_uuid, new.to_state, new.created_at, t.created_at,
        warning_instant(new.created_at, t.created_at, f.threshold, l.warning_ratio, b.breaches_at),
        b.breaches_at,
        expiry_instant(new.created_at, t.created_at, f.threshold, l.max_lifetime_minutes, null),
        l.taken,
        greatest(new.created_at, t.created_at) > now() + interval '1 minute'
    from tasker_tasks t
    join dlqtop.lifecycles l on l.named_task_uuid = t.named_task_uuid
    cross join lateral (
        select state_threshold(new.to_state, l.max_waiting_for_dependencies_minutes,
                               l.max_waiting_for_retry_minutes, l.max_steps_in_process_minutes)
            as threshold
        offset 0
    ) f
    cross join lateral (
        select breach_instant(new.created_at, t.created_at, f.threshold, l.max_lifetime_minutes, null)
            as breaches_at
        offset 0
    ) b
    where t.task_uuid = new.task_uuid
    on conflict (task_uuid) do update set
        named_task_uuid = excluded.named_task_uuid,
        state = excluded.state,
        since = excluded.since,
        created = excluded.created,
        warns_at = excluded.warns_at,
        breaches_at = excluded.breaches_at,
        expires_at = excluded.expires_at,
        taken = excluded.taken,
        ahead = excluded.ahead
    returning d.expires_at = d.breaches_at and isfinite(d.breaches_at) into by_lifetime;
    if by_lifetime or (new.to_state = 'steps_in_process' and exists (
            select from tasker_workflow_steps s
            where s.task_uuid = new.task_uuid and jsonb_exists(s.results, 'batch_cursor'))) then
        perform dlqtop.set_deadline(new.task_uuid);
    end if;
    return null;
end
$$;
create function dlqtop.transition_ends_deadline() returns trigger
language plpgsql security definer
set search_path = pg_catalog, public, dlqtop, pg_temp
as $$
begin
    delete from dlqtop.deadlines where task_uuid = old.task_uuid;
    return null;
end
$$;
create trigger deadline_begins after insert on tasker_task_transitions
    for each row when (new.most_recent and new.to_state in (
        'waiting_for_dependencies', 'waiting_for_retry', 'steps_in_process'))
    execute function dlqtop.transition_sets_deadline();
create trigger deadline_ends after update of most_recent on tasker_task_transitions
    for each row when (old.most_recent and not new.most_recent and old.to_state in (
        'waiting_for_dependencies', 'waiting_for_retry', 'steps_in_process')
        -- the sweep takes a whole chunk's deadlines away at once
        and coalesce(current_setting('dlqtop.ends_deadlines_itself', true), '') <> 'on')
    execute function dlqtop.transition_ends_deadline();
create trigger deadline_goes after delete on tasker_task_transitions
    for each row when (old.most_recent and old.to_state in (
        'waiting_for_dependencies', 'waiting_for_retry', 'steps_in_process'))
    execute function dlqtop.transition_ends_deadline();
-- History rewritten by hand: another state, another time, another task. Triggers on columns, so that
-- an honest transition does not even evaluate their conditions.
create function dlqtop.rewriting_sets_deadline() returns trigger
language plpgsql security definer
set search_path = pg_catalog, public, dlqtop, pg_temp
as $$
begin
    perform dlqtop.set_deadline(new.task_uuid);
    if old.task_uuid <> new.task_uuid then
        perform dlqtop.set_deadline(old.task_uuid);
    end if;
    return null;
end
$$;
create trigger deadline_is_rewritten
    after update of task_uuid, to_state, created_at, metadata on tasker_task_transitions
    for each row when (new.most_recent)
    execute function dlqtop.rewriting_sets_deadline();
create trigger deadline_is_revived after update of most_recent on tasker_task_transitions
    for each row when (new.most_recent and not old.most_recent)
    execute function dlqtop.rewriting_sets_deadline();
create function dlqtop.no_transitions_no_deadlines() returns trigger
language plpgsql security definer
set search_path = pg_catalog, public, dlqtop, pg_temp
as $$
begin
    truncate dlqtop.deadlines;
    return null;
end
$$;
create trigger deadlines_go after truncate on tasker_task_transitions
    for each statement execute function dlqtop.no_transitions_no_deadlines();

-- Tasks: given another birthday or another template.
create trigger deadline_follows_task after update of created_at, named_task_uuid on tasker_tasks
    for each row when (old.created_at <> new.created_at
                       or old.named_task_uuid <> new.named_task_uuid)
    execute function dlqtop.rewriting_sets_deadline();

-- Steps: a checkpoint.
create trigger deadline_follows_checkpoint after update of results on tasker_workflow_steps
    for each row when ((old.results -> 'batch_cursor') is distinct from (new.results -> 'batch_cursor'))
    execute function dlqtop.rewriting_sets_deadline();
create function dlqtop.event_sets_deadline() returns trigger
language plpgsql security definer
set search_path = pg_catalog, public, dlqtop, pg_temp
as $$
begin
    perform dlqtop.set_deadline(new.task_uuid);
    return null;
end
$$;
create trigger deadline_follows_new_checkpoint after insert on tasker_workflow_steps
    for each row when (jsonb_exists(new.results, 'batch_cursor'))
    execute function dlqtop.event_sets_deadline();

-- The log: an operator's act begins the grace.
create trigger deadline_follows_operator after insert on dlqtop.operator_log
    for each row when (new.task_uuid is not null and new.outcome = 'done' and new.action in (
        'reset_for_retry', 'resolve_manually', 'complete_manually', 'cancel', 'set_limits',
        'resume_task'))
    execute function dlqtop.event_sets_deadline();

-- Templates and settings. One at a time, and the deadlines of what has changed are calculated anew.
-- The lock on them makes whoever is writing a transition finish first and whoever comes later wait:
-- no deadline is calculated from what was true before.
create function dlqtop.refresh_lifecycles() returns void
language plpgsql security definer
set jit = off
set search_path = pg_catalog, public, dlqtop, pg_temp
as $$
declare
    changed uuid[];
begin
    lock table dlqtop.lifecycles in share row exclusive mode;
    delete from dlqtop.lifecycles l
    where not exists (
        select from tasker_named_tasks nt where nt.named_task_uuid = l.named_task_uuid);
    with fresh as (
        update dlqtop.lifecycles l
        set max_waiting_for_dependencies_minutes = d.max_waiting_for_dependencies_minutes,
            max_waiting_for_retry_minutes = d.max_waiting_for_retry_minutes,
            max_steps_in_process_minutes = d.max_steps_in_process_minutes,
            max_lifetime_minutes = d.max_lifetime_minutes,
            warning_ratio = d.warning_ratio,
            staleness_action = d.staleness_action,
            auto_dlq_on_timeout = d.auto_dlq_on_timeout,
            auto_fail_on_timeout = d.auto_fail_on_timeout,
            taken = d.taken
        from dlqtop.lifecycle_definition d
        where d.named_task_uuid = l.named_task_uuid
          and (l.max_waiting_for_dependencies_minutes, l.max_waiting_for_retry_minutes,
               l.max_steps_in_process_minutes, l.max_lifetime_minutes, l.warning_ratio,
               l.staleness_action, l.auto_dlq_on_timeout, l.auto_fail_on_timeout, l.taken)
              is distinct from
              (d.max_waiting_for_dependencies_minutes, d.max_waiting_for_retry_minutes,
               d.max_steps_in_process_minutes, d.max_lifetime_minutes, d.warning_ratio,
               d.staleness_action, d.auto_dlq_on_timeout, d.auto_fail_on_timeout, d.taken)
        returning l.named_task_uuid
    )
    select array_agg(named_task_uuid) into changed from fresh;
    -- No task of a new template can have a deadline yet.
    insert into dlqtop.lifecycles select d.* from dlqtop.lifecycle_definition d
    on conflict (named_task_uuid) do nothing;
    if changed is not null then
        lock table dlqtop.deadlines in share row exclusive mode;
        update dlqtop.deadlines d
        set warns_at = f.warns_at, breaches_at = f.breaches_at, expires_at = f.expires_at,
            taken = f.taken
        from dlqtop.deadline_definition f
        where f.task_uuid = d.task_uuid and d.named_task_uuid = any (changed);
    end if;
end
$$;
create function dlqtop.lifecycle_changed() returns trigger
language plpgsql security definer
set search_path = pg_catalog, public, dlqtop, pg_temp
as $$
begin
    perform dlqtop.refresh_lifecycles();
    return null;
end
$$;
create trigger lifecycles_follow_new_templates after insert or delete on tasker_named_tasks
    for each statement execute function dlqtop.lifecycle_changed();
create trigger lifecycles_follow_templates after update on tasker_named_tasks
    for each row when (old.configuration is distinct from new.configuration
                       or old.named_task_uuid <> new.named_task_uuid)
    execute function dlqtop.lifecycle_changed();
create trigger lifecycles_follow_new_settings after insert or delete on dlqtop.settings
    for each statement execute function dlqtop.lifecycle_changed();
create trigger lifecycles_follow_settings after update on dlqtop.settings
    for each row when (
        (old.max_waiting_for_dependencies_minutes, old.max_waiting_for_retry_minutes,
         old.max_steps_in_process_minutes, old.max_task_lifetime_minutes, old.warning_ratio,
         old.auto_move_to_dlq, old.auto_transition_to_error, old.reason_staleness_timeout)
        is distinct from
        (new.max_waiting_for_dependencies_minutes, new.max_waiting_for_retry_minutes,
         new.max_steps_in_process_minutes, new.max_task_lifetime_minutes, new.warning_ratio,
         new.auto_move_to_dlq, new.auto_transition_to_error, new.reason_staleness_timeout))
    execute function dlqtop.lifecycle_changed();

-- Everything anew, for what was there before, or was loaded with the triggers off.
create function dlqtop.rebuild_deadlines() returns bigint
language plpgsql security definer
set jit = off
set search_path = pg_catalog, public, dlqtop, pg_temp
as $$
declare
    kept bigint;
begin
    perform dlqtop.refresh_lifecycles();
    lock table dlqtop.deadlines in share row exclusive mode;
    delete from dlqtop.deadlines;
    insert into dlqtop.deadlines
        (task_uuid, named_task_uuid, state, since, created, warns_at, breaches_at, expires_at, taken,
         ahead)
    select task_uuid, named_task_uuid, state, since, created, warns_at, breaches_at, expires_at, taken,
           ahead
    from dlqtop.deadline_definition;
    get diagnostics kept = row_count;
    return kept;
end
$$;
select dlqtop.rebuild_deadlines();
