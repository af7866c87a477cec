-- Triggers on transitions, tasks, steps, the log, templates and settings keep the deadlines right, whoever
-- writes. What finds and repairs drift is at the end.

-- Calculates one task's deadline from its definition.
create function dlqtop.set_deadline(p_task uuid) returns void
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    -- If a template is being changed at the same time, either its change waits for this transaction and
    -- then sees this row, or this waits, and the next statement sees the changed template.
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

-- A task that enters one of the three states gets a deadline; one that leaves them loses it. Most
-- transitions call neither function, because the conditions are in the triggers.
--
-- This function runs most often. It calculates ordinary deadlines itself and leaves the others to
-- `set_deadline`, which reads the definition. Starting a statement is what costs time here: so it runs two
-- small ones instead of a large one, and calculates outside them what needs no table.
create function dlqtop.transition_sets_deadline() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    template  uuid;
    born      timestamptz;
    threshold float8;
    lifetime  float8;
    ratio     float8;
    is_taken  boolean;
    breach    timestamptz;
    expiry    timestamptz;
    ordinary  boolean;
begin
    lock table dlqtop.deadlines in row exclusive mode;
    select t.named_task_uuid, t.created_at,
           case new.to_state
               when 'waiting_for_dependencies' then l.max_waiting_for_dependencies_minutes
               when 'waiting_for_retry' then l.max_waiting_for_retry_minutes
               when 'steps_in_process' then l.max_steps_in_process_minutes
           end,
           l.max_lifetime_minutes, l.warning_ratio, l.taken
    into template, born, threshold, lifetime, ratio, is_taken
    from public.tasker_tasks t
    join dlqtop.lifecycles l on l.named_task_uuid = t.named_task_uuid
    where t.task_uuid = new.task_uuid;
    breach := new.created_at + threshold * interval '1 minute';
    expiry := born + lifetime * interval '1 minute';
    -- Ordinary: written now, for a task created earlier whose lifetime ends after the threshold.
    ordinary := expiry > breach
        and new.created_at >= born and new.created_at <= now()
        and born > '2000-01-01 00:00+00';
    -- Separate, because an expression that reads a table is a statement of its own.
    if ordinary and new.to_state = 'steps_in_process' then
        ordinary := not exists (
            select from public.tasker_workflow_steps s
            where s.task_uuid = new.task_uuid and jsonb_exists(s.results, 'batch_cursor'));
    end if;
    if ordinary then
        insert into dlqtop.deadlines
            (task_uuid, named_task_uuid, state, since, created, warns_at, breaches_at, expires_at,
             taken, ahead)
        values (
            new.task_uuid, template, new.to_state, new.created_at, born,
            least(new.created_at + threshold * ratio * interval '1 minute', breach), breach, expiry,
            is_taken, false)
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
    else
        perform dlqtop.set_deadline(new.task_uuid);
    end if;
    return null;
end
$$;

-- PostgreSQL parses a trigger's condition again for each statement, that is for each transition, so it is
-- short: the three states are those that sort from 's' on. If others are added one day, the functions
-- still know the three.
create trigger deadline_begins after insert on public.tasker_task_transitions
    for each row when (new.most_recent and new.to_state collate "C" >= 's')
    execute function dlqtop.transition_sets_deadline();

create function dlqtop.transition_ends_deadline() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    delete from dlqtop.deadlines where task_uuid = old.task_uuid;
    if tg_op = 'UPDATE' and new.most_recent then
        perform dlqtop.set_deadline(new.task_uuid);
    end if;
    return null;
end
$$;
create trigger deadline_ends after update of most_recent on public.tasker_task_transitions
    for each row when (old.most_recent <> new.most_recent and old.to_state collate "C" >= 's')
    execute function dlqtop.transition_ends_deadline();
create trigger deadline_goes after delete on public.tasker_task_transitions
    for each row when (old.most_recent and old.to_state in (
        'waiting_for_dependencies', 'waiting_for_retry', 'steps_in_process'))
    execute function dlqtop.transition_ends_deadline();

-- History rewritten by hand: another state, another time, another task. These triggers are on columns, so
-- that an ordinary transition does not even evaluate their conditions.
create function dlqtop.rewriting_sets_deadline() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
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
    after update of task_uuid, to_state, created_at, metadata on public.tasker_task_transitions
    for each row when (new.most_recent)
    execute function dlqtop.rewriting_sets_deadline();

create function dlqtop.no_transitions_no_deadlines() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    truncate dlqtop.deadlines;
    return null;
end
$$;
create trigger deadlines_go after truncate on public.tasker_task_transitions
    for each statement execute function dlqtop.no_transitions_no_deadlines();

-- A task gets another creation time or another template.
create trigger deadline_follows_task after update of created_at, named_task_uuid on public.tasker_tasks
    for each row when (old.created_at <> new.created_at
                       or old.named_task_uuid <> new.named_task_uuid)
    execute function dlqtop.rewriting_sets_deadline();

-- A step reports a checkpoint.
create trigger deadline_follows_checkpoint after update of results on public.tasker_workflow_steps
    for each row when ((old.results -> 'batch_cursor') is distinct from (new.results -> 'batch_cursor'))
    execute function dlqtop.rewriting_sets_deadline();

create function dlqtop.event_sets_deadline() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    perform dlqtop.set_deadline(new.task_uuid);
    return null;
end
$$;
create trigger deadline_follows_new_checkpoint after insert on public.tasker_workflow_steps
    for each row when (jsonb_exists(new.results, 'batch_cursor'))
    execute function dlqtop.event_sets_deadline();

-- An operator's action begins the grace period.
create trigger deadline_follows_operator after insert on dlqtop.operator_log
    for each row when (new.task_uuid is not null and new.outcome = 'done' and new.action in (
        'reset_for_retry', 'resolve_manually', 'complete_manually', 'cancel', 'set_limits',
        'resume_task', 'undo_sweep'))
    execute function dlqtop.event_sets_deadline();

-- Ends the detector's right to act if a change of thresholds has made more tasks due than its breaker lets
-- pass: nobody has looked at those. `p_before`: what was due before the change.
create function dlqtop.disarm_after_flood(p_before uuid[]) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    more bigint;
begin
    if not exists (select from dlqtop.settings where detector_armed_at is not null) then
        return;
    end if;
    more := (
        select count(*) from dlqtop.deadlines d
        where d.taken and d.breaches_at <= now()
          and not exists (select from unnest(p_before) b where b = d.task_uuid));
    if (select b.holds from dlqtop.breaker(more) b) then
        perform dlqtop.disarm_detector(
            session_user,
            format('a change of thresholds made %s more tasks due at once', more));
    end if;
end
$$;

-- When templates or settings change, the deadlines of the templates concerned are calculated again, by one
-- session at a time. The lock on the deadlines lets transitions that are being written finish first and makes
-- later ones wait, so that no deadline is calculated from the old values.
create function dlqtop.refresh_lifecycles() returns void
language plpgsql security definer
set jit = off
set search_path = pg_catalog, pg_temp
as $$
declare
    changed uuid[];
    due     uuid[];
begin
    perform dlqtop.lock_table('dlqtop.lifecycles', 'share row exclusive');
    delete from dlqtop.lifecycles l
    where not exists (
        select from public.tasker_named_tasks nt where nt.named_task_uuid = l.named_task_uuid);
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
        -- Locked before the deadlines: the detector may have to be disarmed.
        perform from dlqtop.settings for no key update;
        perform dlqtop.lock_table('dlqtop.deadlines', 'share row exclusive');
        due := array(
            select d.task_uuid from dlqtop.deadlines d where d.taken and d.breaches_at <= now());
        update dlqtop.deadlines d
        set warns_at = f.warns_at, breaches_at = f.breaches_at, expires_at = f.expires_at,
            taken = f.taken
        from dlqtop.deadline_definition f
        where f.task_uuid = d.task_uuid and d.named_task_uuid = any (changed);
        perform dlqtop.disarm_after_flood(due);
    end if;
end
$$;

create function dlqtop.lifecycle_changed() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    perform dlqtop.refresh_lifecycles();
    return null;
end
$$;

-- The lock on the lifecycles comes before any row of a template or of the settings, whoever changes them.
create function dlqtop.lock_lifecycles() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    perform dlqtop.lock_table('dlqtop.lifecycles', 'share row exclusive');
    return null;
end
$$;
create trigger lifecycles_are_locked_first before insert or update or delete on public.tasker_named_tasks
    for each statement execute function dlqtop.lock_lifecycles();
create trigger lifecycles_are_locked_first before insert or delete or update of
    max_waiting_for_dependencies_minutes, max_waiting_for_retry_minutes, max_steps_in_process_minutes,
    max_task_lifetime_minutes, warning_ratio, auto_move_to_dlq, auto_transition_to_error,
    reason_staleness_timeout on dlqtop.settings
    for each statement execute function dlqtop.lock_lifecycles();
create trigger lifecycles_follow_new_templates after insert or delete on public.tasker_named_tasks
    for each statement execute function dlqtop.lifecycle_changed();
create trigger lifecycles_follow_templates after update on public.tasker_named_tasks
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

-- Calculates everything again, for data that was loaded with the triggers off. Writers wait meanwhile.
create function dlqtop.rebuild_deadlines() returns bigint
language plpgsql security definer
set jit = off
set search_path = pg_catalog, pg_temp
as $$
declare
    kept bigint;
    due  uuid[];
begin
    perform dlqtop.refresh_lifecycles();
    perform from dlqtop.settings for no key update;
    perform dlqtop.lock_table('dlqtop.deadlines', 'share row exclusive');
    due := array(select d.task_uuid from dlqtop.deadlines d where d.taken and d.breaches_at <= now());
    delete from dlqtop.deadlines;
    insert into dlqtop.deadlines
        (task_uuid, named_task_uuid, state, since, created, warns_at, breaches_at, expires_at, taken,
         ahead)
    select task_uuid, named_task_uuid, state, since, created, warns_at, breaches_at, expires_at, taken,
           ahead
    from dlqtop.deadline_definition;
    get diagnostics kept = row_count;
    perform dlqtop.disarm_after_flood(due);
    return kept;
end
$$;

-- Where lifecycles, deadlines and tallies differ from their definitions. Any row calls for
-- `dlqtop.repair`.
create view dlqtop.drift as
select 'lifecycle' as kept, coalesce(k.named_task_uuid, d.named_task_uuid)::text as subject,
       case when k.named_task_uuid is null then 'missing'
            when d.named_task_uuid is null then 'left over' else 'differs' end as problem
from dlqtop.lifecycles k
full join dlqtop.lifecycle_definition d using (named_task_uuid)
where (k.*)::text is distinct from (d.*)::text
union all
select 'deadline', coalesce(k.task_uuid, d.task_uuid)::text,
       case when k.task_uuid is null then 'missing'
            when d.task_uuid is null then 'left over' else 'differs' end
from dlqtop.deadlines k
full join dlqtop.deadline_definition d using (task_uuid)
where k.named_task_uuid is distinct from d.named_task_uuid
   or k.state is distinct from d.state
   or k.since is distinct from d.since
   or k.created is distinct from d.created
   or k.warns_at is distinct from d.warns_at
   or k.breaches_at is distinct from d.breaches_at
   or k.expires_at is distinct from d.expires_at
   or k.taken is distinct from d.taken
   -- what was in the future when it was written may be in the past by now
   or (d.ahead and not k.ahead)
union all
select 'tally',
       concat_ws(' ', named_task_uuid, dlq_reason, resolution_status),
       format('%s kept, %s counted', coalesce(k.entries, 0), coalesce(d.entries, 0))
from (
    select named_task_uuid, dlq_reason, resolution_status, sum(entries)::bigint as entries
    from dlqtop.tallies group by 1, 2, 3
) k
full join dlqtop.tally_definition d using (named_task_uuid, dlq_reason, resolution_status)
where coalesce(k.entries, 0) <> coalesce(d.entries, 0);

-- For `dlqtop doctor`, not for a screen: it reads every live task and every entry.
create view public.v_drift as select kept, subject, problem from dlqtop.drift;

-- Only the owner, and those to whom it is granted, may call these.
revoke execute on function
    dlqtop.set_deadline(uuid), dlqtop.transition_sets_deadline(),
    dlqtop.transition_ends_deadline(), dlqtop.rewriting_sets_deadline(),
    dlqtop.no_transitions_no_deadlines(), dlqtop.event_sets_deadline(),
    dlqtop.disarm_after_flood(uuid[]), dlqtop.refresh_lifecycles(), dlqtop.lifecycle_changed(),
    dlqtop.lock_lifecycles(), dlqtop.rebuild_deadlines()
from public;
