-- Who looks into what, and what may wait: claims that end by themselves, snoozes that end by themselves,
-- and limits of a step that can be lifted again.
--
-- Neither changes an entry's version: who has an entry open may close it, whoever has claimed it since.

-- '14:10 UTC', with the day if that is another one.
create function clock_in_words(p_at timestamptz) returns text
language sql stable
as $$
    select to_char(p_at at time zone 'UTC',
                   case when (p_at at time zone 'UTC')::date = (now() at time zone 'UTC')::date
                       then 'HH24:MI' else 'YYYY-MM-DD HH24:MI' end) || ' UTC'
$$;

-- Locks an entry and compares it with what the operator saw: still open, and in no other hands. Null if
-- it is so; else the answer to give, which is in the log already. Its own claim stands in nobody's way.
create function guard_entry(
    p_action text, p_entry uuid, p_seen_version int, p_actor text, p_reason text, p_batch uuid,
    p_take_over boolean)
returns act_result
language plpgsql
as $$
declare
    present tasker_tasks_dlq;
    claim   dlqtop.claims;
    answer  act_result;
begin
    perform require_actor_and_reason(p_actor, p_reason);
    select * into present from tasker_tasks_dlq where dlq_entry_uuid = p_entry for no key update;
    if not found then
        raise exception 'there is no entry %', p_entry using errcode = 'no_data_found';
    end if;
    select * into claim from dlqtop.claims
    where claims.entry = p_entry and expires_at > now() and owner <> p_actor;
    if present.resolution_status <> 'pending' or present.version <> p_seen_version then
        answer := (
            'changed',
            present.resolution_status::text,
            coalesce(
                (select l.actor from dlqtop.operator_log l
                 where l.entry = p_entry and l.outcome = 'done'
                   and l.action in ('close_entry', 'reopen_entry')
                 order by l.at desc, l.log_id desc
                 limit 1),
                present.resolved_by),
            present.updated_at)::act_result;
    elsif claim.entry is not null and not p_take_over then
        answer := (
            'changed',
            format('owned by %s until %s', claim.owner, clock_in_words(claim.expires_at)),
            claim.owner,
            claim.claimed_at)::act_result;
    else
        return null;
    end if;
    perform dlqtop.log_act(
        p_actor, p_action, task_title(present.task_uuid), p_entry, present.task_uuid, p_reason,
        p_batch, 'version ' || p_seen_version, answer.now_state, 'changed meanwhile', p_entry);
    return answer;
end
$$;

-- Puts what was done to an entry in the log, and says it.
create function entry_act_done(
    p_action text, p_entry uuid, p_actor text, p_reason text, p_batch uuid, p_before text,
    p_after text)
returns act_result
language plpgsql
as $$
declare
    task uuid;
begin
    select task_uuid into task from tasker_tasks_dlq where dlq_entry_uuid = p_entry;
    perform dlqtop.log_act(
        p_actor, p_action, task_title(task), p_entry, task, p_reason, p_batch, p_before, p_after,
        'done', p_entry);
    return ('done', p_after, null, null)::act_result;
end
$$;

-- Claims an entry for so many minutes, or claims it longer. What somebody else has claimed is taken
-- over only if that is said.
create function own_entry(
    p_entry uuid, p_seen_version int, p_actor text, p_reason text, p_minutes int,
    p_batch uuid default null, p_take_over boolean default false)
returns act_result
language plpgsql security definer
set search_path = pg_catalog, public, dlqtop, pg_temp
as $$
declare
    answer act_result;
    owned  text;
    ends   timestamptz;
begin
    if p_minutes is null or p_minutes not between 1 and 10080 then
        raise exception 'a claim lasts from 1 minute to 7 days'
            using errcode = 'invalid_parameter_value';
    end if;
    answer := guard_entry(
        'own_entry', p_entry, p_seen_version, p_actor, p_reason, p_batch, p_take_over);
    if answer.outcome is not null then
        return answer;
    end if;
    select 'owned by ' || owner into owned from dlqtop.claims
    where claims.entry = p_entry and expires_at > now();
    insert into dlqtop.claims as c (entry, owner, claimed_at, expires_at)
    values (p_entry, p_actor, now(), now() + p_minutes * interval '1 minute')
    on conflict (entry) do update
    set owner = excluded.owner,
        claimed_at = case when c.owner = excluded.owner and c.expires_at > now()
                         then c.claimed_at else excluded.claimed_at end,
        expires_at = excluded.expires_at
    returning expires_at into ends;
    return entry_act_done(
        'own_entry', p_entry, p_actor, p_reason, p_batch, coalesce(owned, 'owned by nobody'),
        format('owned by %s until %s', p_actor, clock_in_words(ends)));
end
$$;

-- Gives an entry back before the claim ends. Somebody else's claim is not given back for them.
create function release_entry(
    p_entry uuid, p_seen_version int, p_actor text, p_reason text, p_batch uuid default null)
returns act_result
language plpgsql security definer
set search_path = pg_catalog, public, dlqtop, pg_temp
as $$
declare
    answer act_result;
begin
    answer := guard_entry(
        'release_entry', p_entry, p_seen_version, p_actor, p_reason, p_batch, false);
    if answer.outcome is not null then
        return answer;
    end if;
    delete from dlqtop.claims where claims.entry = p_entry;
    return entry_act_done(
        'release_entry', p_entry, p_actor, p_reason, p_batch, 'owned by ' || p_actor,
        'owned by nobody');
end
$$;

-- Takes an entry from the top of the queue until an instant, or for so many minutes.
create function snooze_entry(
    p_entry uuid, p_seen_version int, p_actor text, p_reason text, p_minutes int, p_until timestamptz,
    p_batch uuid default null)
returns act_result
language plpgsql security definer
set search_path = pg_catalog, public, dlqtop, pg_temp
as $$
declare
    answer  act_result;
    ends    timestamptz;
    snoozed text;
begin
    if num_nonnulls(p_minutes, p_until) <> 1 then
        raise exception 'say for how long to snooze, or until when'
            using errcode = 'invalid_parameter_value';
    end if;
    if p_minutes not between 1 and 43200 then
        raise exception 'a snooze lasts from 1 minute to 30 days'
            using errcode = 'invalid_parameter_value';
    end if;
    ends := coalesce(p_until, now() + p_minutes * interval '1 minute');
    if not isfinite(ends) or ends > now() + interval '30 days' then
        raise exception 'a snooze lasts from 1 minute to 30 days'
            using errcode = 'invalid_parameter_value';
    elsif ends <= now() then
        raise exception 'a snooze ends in the future: % is past', clock_in_words(ends)
            using errcode = 'invalid_parameter_value';
    end if;
    answer := guard_entry(
        'snooze_entry', p_entry, p_seen_version, p_actor, p_reason, p_batch, false);
    if answer.outcome is not null then
        return answer;
    end if;
    select 'snoozed until ' || clock_in_words(until) into snoozed from dlqtop.snoozes
    where snoozes.entry = p_entry and until > now();
    insert into dlqtop.snoozes (entry, until, snoozed_by) values (p_entry, ends, p_actor)
    on conflict (entry) do update
    set until = excluded.until, snoozed_by = excluded.snoozed_by;
    return entry_act_done(
        'snooze_entry', p_entry, p_actor, p_reason, p_batch, coalesce(snoozed, 'not snoozed'),
        'snoozed until ' || clock_in_words(ends));
end
$$;

-- Brings a snoozed entry back at once.
create function unsnooze_entry(
    p_entry uuid, p_seen_version int, p_actor text, p_reason text, p_batch uuid default null)
returns act_result
language plpgsql security definer
set search_path = pg_catalog, public, dlqtop, pg_temp
as $$
declare
    answer  act_result;
    snoozed text;
begin
    answer := guard_entry(
        'unsnooze_entry', p_entry, p_seen_version, p_actor, p_reason, p_batch, false);
    if answer.outcome is not null then
        return answer;
    end if;
    delete from dlqtop.snoozes where snoozes.entry = p_entry
    returning 'snoozed until ' || clock_in_words(until) into snoozed;
    return entry_act_done(
        'unsnooze_entry', p_entry, p_actor, p_reason, p_batch, coalesce(snoozed, 'not snoozed'),
        'not snoozed');
end
$$;

-- As before, and a timeout of 0 takes the timeout away. Null keeps what there is.
create or replace function set_step_limits(
    p_step uuid, p_seen text, p_actor text, p_reason text,
    p_max_attempts int, p_timeout_seconds int, p_batch uuid default null)
returns act_result
language plpgsql security definer
set search_path = pg_catalog, public, dlqtop, pg_temp
as $$
declare
    answer  act_result;
    step    tasker_workflow_steps;
    limited tasker_workflow_steps;
begin
    if num_nonnulls(p_max_attempts, p_timeout_seconds) = 0 then
        raise exception 'say which limit to change' using errcode = 'invalid_parameter_value';
    end if;
    if p_max_attempts not between 1 and 1000 then
        raise exception 'attempts: a whole number from 1 to 1000'
            using errcode = 'invalid_parameter_value';
    end if;
    if p_timeout_seconds not between 0 and 31536000 then
        raise exception 'timeout: whole seconds, up to a year'
            using errcode = 'invalid_parameter_value';
    end if;
    answer := guard_step('set_limits', p_step, p_seen, p_actor, p_reason, p_batch);
    if answer.outcome is not null then
        return answer;
    end if;
    select * into step from tasker_workflow_steps where workflow_step_uuid = p_step;
    perform refuse_ended_task(step.task_uuid);
    if p_seen in ('complete', 'resolved_manually') then
        raise exception 'the limits of a step in % no longer matter', p_seen
            using errcode = 'check_violation', constraint = 'action_applies_to_state';
    end if;
    update tasker_workflow_steps
    set max_attempts = coalesce(p_max_attempts, max_attempts),
        timeout_seconds = nullif(coalesce(p_timeout_seconds, timeout_seconds), 0),
        updated_at = now()
    where workflow_step_uuid = p_step
    returning * into limited;
    perform dlqtop.log_act(
        p_actor, 'set_limits', step_title(p_step), p_step, step.task_uuid, p_reason, p_batch,
        format('%s attempts, %s', step.max_attempts,
               coalesce(step.timeout_seconds || ' s', 'no timeout')),
        format('%s attempts, %s', limited.max_attempts,
               coalesce(limited.timeout_seconds || ' s', 'no timeout')),
        'done');
    perform reevaluate_task(step.task_uuid, p_actor, p_actor);
    return ('done', p_seen, null, null)::act_result;
end
$$;

-- Snoozes that have not ended, with who asked for them.
create view v_dlq_snoozes as
select d.dlq_entry_uuid, z.until, z.snoozed_by
from dlqtop.snoozes z
join tasker_tasks_dlq d on d.dlq_entry_uuid = z.entry and d.resolution_status = 'pending'
where z.until > now();

-- What steps have returned, for who corrects it by hand.
create view v_step_results as
select workflow_step_uuid, results from tasker_workflow_steps;

-- Grants what it did, and the acts of this migration.
alter function dlqtop.grant_roles() rename to grant_earlier;
create function dlqtop.grant_roles() returns text[]
language plpgsql
as $$
declare
    missing constant text[] := dlqtop.grant_earlier();
    granted regprocedure;
begin
    if to_regrole('dlqtop_operator') is not null then
        for granted in
            select p.oid from pg_proc p
            where p.pronamespace = 'public'::regnamespace
              and p.proname in ('own_entry', 'release_entry', 'snooze_entry', 'unsnooze_entry')
        loop
            execute format('grant execute on function %s to dlqtop_operator', granted);
        end loop;
    end if;
    return missing;
end
$$;

-- Functions that write are not for everybody.
do $$
declare
    f regprocedure;
begin
    for f in
        select p.oid from pg_proc p
        where (p.pronamespace = 'public'::regnamespace
               and p.proname in ('guard_entry', 'entry_act_done', 'own_entry', 'release_entry',
                                 'snooze_entry', 'unsnooze_entry'))
           or (p.pronamespace = 'dlqtop'::regnamespace and p.proname = 'grant_roles')
    loop
        execute format('revoke execute on function %s from public', f);
    end loop;
end
$$;

select dlqtop.grant_roles();
