-- What an operator may do to an entry of the dead-letter queue. The queue never retries anything by itself,
-- and these actions leave the task as it is. Each takes the version the operator saw.

-- Whoever closed or reopened an entry last, by the log.
create function dlqtop.closed_or_reopened_by(p_entry uuid) returns text
language sql stable
begin atomic
    select l.actor from dlqtop.operator_log l
    where l.entry = p_entry and l.outcome = 'done' and l.action in ('close_entry', 'reopen_entry')
    order by l.at desc, l.log_id desc
    limit 1;
end;

-- Closes a pending entry unless it has changed since. If it has, the answer names who closed or reopened
-- it, not who wrote a note. Ends a claim, whoever holds it; the log then names the owner.
create function dlqtop.update_investigation(
    p_entry uuid, p_seen_version int, p_to text, p_actor text, p_notes text,
    p_metadata jsonb default '{}', p_batch uuid default null)
returns dlqtop.act_result
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    entry public.tasker_tasks_dlq;
    title text;
    owned text;
    before text;
begin
    perform dlqtop.require_actor_and_reason(p_actor, p_notes);
    perform dlqtop.wait_briefly();
    select * into entry from public.tasker_tasks_dlq where dlq_entry_uuid = p_entry for update;
    if not found then
        raise exception 'there is no entry %', p_entry using errcode = 'no_data_found';
    end if;
    if p_to not in ('manually_resolved', 'permanently_failed', 'cancelled') then
        raise exception 'an investigation is closed as manually_resolved, permanently_failed or cancelled, not %',
            p_to using errcode = 'check_violation', constraint = 'resolution_is_known';
    end if;
    before := dlqtop.done_before(p_batch, p_entry, 'close_entry');
    if before is not null then
        return ('done', before, null, null)::dlqtop.act_result;
    end if;
    title := dlqtop.task_title(entry.task_uuid);
    if entry.version <> p_seen_version or entry.resolution_status <> 'pending' then
        perform dlqtop.log_act(
            p_actor, 'close_entry', title, p_entry, entry.task_uuid, p_notes, p_batch,
            'version ' || p_seen_version, entry.resolution_status::text, 'changed meanwhile',
            p_entry);
        return (
            'changed',
            entry.resolution_status::text,
            coalesce(entry.resolved_by, dlqtop.closed_or_reopened_by(p_entry)),
            entry.updated_at)::dlqtop.act_result;
    end if;
    update public.tasker_tasks_dlq
    set resolution_status = p_to::public.dlq_resolution_status,
        resolution_timestamp = now(),
        resolution_notes = p_notes,
        resolved_by = p_actor,
        metadata = metadata || coalesce(p_metadata, '{}'),
        version = version + 1,
        updated_at = now()
    where dlq_entry_uuid = p_entry;
    delete from dlqtop.claims where claims.entry = p_entry
    returning case when expires_at > now() and (owner, database_user) <> (p_actor, session_user::text)
        then ', owned by ' || owner end into owned;
    delete from dlqtop.snoozes where snoozes.entry = p_entry;
    perform dlqtop.log_act(
        p_actor, 'close_entry', title, p_entry, entry.task_uuid, p_notes, p_batch,
        concat('pending', owned), p_to, 'done', p_entry);
    return ('done', p_to, null, null)::dlqtop.act_result;
end
$$;

-- Reopens a closed entry unless a newer one is pending for the same task.
create function dlqtop.reopen_investigation(
    p_entry uuid, p_seen_version int, p_actor text, p_reason text, p_batch uuid default null)
returns dlqtop.act_result
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    closed public.tasker_tasks_dlq;
    newer  uuid;
    before text;
begin
    perform dlqtop.require_actor_and_reason(p_actor, p_reason);
    perform dlqtop.wait_briefly();
    -- Lock the task first: archiving it or opening another entry waits here.
    perform from public.tasker_tasks t
    join public.tasker_tasks_dlq d using (task_uuid)
    where d.dlq_entry_uuid = p_entry
    for no key update of t;
    select * into closed from public.tasker_tasks_dlq where dlq_entry_uuid = p_entry for update;
    if not found then
        raise exception 'there is no entry %', p_entry using errcode = 'no_data_found';
    end if;
    before := dlqtop.done_before(p_batch, p_entry, 'reopen_entry');
    if before is not null then
        return ('done', before, null, null)::dlqtop.act_result;
    end if;
    if closed.version <> p_seen_version then
        perform dlqtop.log_act(
            p_actor, 'reopen_entry', dlqtop.task_title(closed.task_uuid), p_entry, closed.task_uuid,
            p_reason, p_batch, 'version ' || p_seen_version, closed.resolution_status::text,
            'changed meanwhile', p_entry);
        return ('changed', closed.resolution_status::text, closed.resolved_by,
                closed.updated_at)::dlqtop.act_result;
    end if;
    select dlq_entry_uuid into newer from public.tasker_tasks_dlq
    where task_uuid = closed.task_uuid and resolution_status = 'pending';
    if newer is not null then
        raise exception 'the task already has a pending entry (%): work on that one', newer
            using errcode = 'unique_violation', constraint = 'task_has_one_pending_entry';
    end if;
    update public.tasker_tasks_dlq
    set resolution_status = 'pending', resolution_timestamp = null, resolved_by = null,
        version = version + 1, updated_at = now()
    where dlq_entry_uuid = p_entry;
    perform dlqtop.log_act(
        p_actor, 'reopen_entry', dlqtop.task_title(closed.task_uuid), p_entry, closed.task_uuid, p_reason,
        p_batch, closed.resolution_status::text, 'pending', 'done', p_entry);
    return ('done', 'pending', null, null)::dlqtop.act_result;
end
$$;

-- Adds a note. It takes no version: notes of two operators do not conflict.
create function dlqtop.add_investigation_note(
    p_entry uuid, p_actor text, p_body text, p_batch uuid default null)
returns dlqtop.act_result
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    annotated public.tasker_tasks_dlq;
begin
    perform dlqtop.require_actor_and_reason(p_actor, p_body);
    perform dlqtop.wait_briefly();
    -- Locked only so that the same note, sent twice at once, is written once.
    select * into annotated from public.tasker_tasks_dlq where dlq_entry_uuid = p_entry
    for no key update;
    if not found then
        raise exception 'there is no entry %', p_entry using errcode = 'no_data_found';
    end if;
    if dlqtop.done_before(p_batch, p_entry, 'add_note') is not null then
        return ('done', annotated.resolution_status::text, null, null)::dlqtop.act_result;
    end if;
    insert into dlqtop.notes (entry, author, body) values (p_entry, p_actor, p_body);
    perform dlqtop.log_act(
        p_actor, 'add_note', dlqtop.task_title(annotated.task_uuid), p_entry, annotated.task_uuid, p_body,
        p_batch, null, null, 'done', p_entry);
    return ('done', annotated.resolution_status::text, null, null)::dlqtop.act_result;
end
$$;

-- Locks an entry and checks that it is pending, as the operator saw it, and not claimed by somebody else: by
-- another owner, or under the same name by another database user. Returns null if so, else the answer, which
-- is logged already. The task is not locked: who comments on it does not wait for its worker.
create function dlqtop.guard_entry(
    p_action text, p_entry uuid, p_seen_version int, p_actor text, p_reason text, p_batch uuid,
    p_take_over boolean)
returns dlqtop.act_result
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    present public.tasker_tasks_dlq;
    claim   dlqtop.claims;
    answer  dlqtop.act_result;
    before  text;
begin
    perform dlqtop.require_actor_and_reason(p_actor, p_reason);
    perform dlqtop.wait_briefly();
    select * into present from public.tasker_tasks_dlq where dlq_entry_uuid = p_entry for no key update;
    if not found then
        raise exception 'there is no entry %', p_entry using errcode = 'no_data_found';
    end if;
    before := dlqtop.done_before(p_batch, p_entry, p_action);
    if before is not null then
        return ('done', before, null, null)::dlqtop.act_result;
    end if;
    select * into claim from dlqtop.claims
    where claims.entry = p_entry and expires_at > now()
      and (owner, database_user) <> (p_actor, session_user::text);
    if present.resolution_status <> 'pending' or present.version <> p_seen_version then
        answer := (
            'changed',
            present.resolution_status::text,
            coalesce(dlqtop.closed_or_reopened_by(p_entry), present.resolved_by),
            present.updated_at)::dlqtop.act_result;
    elsif claim.entry is not null and not p_take_over then
        answer := (
            'changed',
            format('owned by %s%s until %s', claim.owner,
                   case when claim.owner = p_actor then ' as ' || claim.database_user end,
                   dlqtop.clock_in_words(claim.expires_at)),
            claim.owner,
            claim.claimed_at)::dlqtop.act_result;
    else
        return null;
    end if;
    perform dlqtop.log_act(
        p_actor, p_action, dlqtop.task_title(present.task_uuid), p_entry, present.task_uuid, p_reason,
        p_batch, 'version ' || p_seen_version, answer.now_state, 'changed meanwhile', p_entry);
    return answer;
end
$$;

-- Logs what was done to an entry, and returns the answer.
create function dlqtop.entry_act_done(
    p_action text, p_entry uuid, p_actor text, p_reason text, p_batch uuid, p_before text,
    p_after text)
returns dlqtop.act_result
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    task uuid;
begin
    select task_uuid into task from public.tasker_tasks_dlq where dlq_entry_uuid = p_entry;
    perform dlqtop.log_act(
        p_actor, p_action, dlqtop.task_title(task), p_entry, task, p_reason, p_batch, p_before, p_after,
        'done', p_entry);
    return ('done', p_after, null, null)::dlqtop.act_result;
end
$$;

-- Claims an entry for some minutes, or extends the claim. Somebody else's claim is taken over only with
-- `p_take_over`.
create function dlqtop.own_entry(
    p_entry uuid, p_seen_version int, p_actor text, p_reason text, p_minutes int,
    p_batch uuid default null, p_take_over boolean default false)
returns dlqtop.act_result
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    answer dlqtop.act_result;
    held   dlqtop.claims;
    ends   timestamptz;
begin
    if p_minutes is null or p_minutes not between 1 and 10080 then
        raise exception 'a claim lasts from 1 minute to 7 days'
            using errcode = 'invalid_parameter_value';
    end if;
    answer := dlqtop.guard_entry(
        'own_entry', p_entry, p_seen_version, p_actor, p_reason, p_batch, p_take_over);
    if answer.outcome is not null then
        return answer;
    end if;
    select * into held from dlqtop.claims where claims.entry = p_entry and expires_at > now();
    insert into dlqtop.claims as c (entry, owner, database_user, claimed_at, expires_at)
    values (p_entry, p_actor, session_user, now(), now() + p_minutes * interval '1 minute')
    on conflict (entry) do update
    set owner = excluded.owner,
        database_user = excluded.database_user,
        claimed_at = case when c.owner = excluded.owner and c.expires_at > now()
                         then c.claimed_at else excluded.claimed_at end,
        expires_at = excluded.expires_at
    returning expires_at into ends;
    return dlqtop.entry_act_done(
        'own_entry', p_entry, p_actor, p_reason, p_batch,
        'owned by ' || coalesce(held.owner, 'nobody'),
        format('owned by %s until %s%s', p_actor, dlqtop.clock_in_words(ends),
               case when (held.owner, held.database_user) <> (p_actor, session_user::text)
                   then ', taken over from ' || held.owner end));
end
$$;

-- Releases the operator's own claim before it ends.
create function dlqtop.release_entry(
    p_entry uuid, p_seen_version int, p_actor text, p_reason text, p_batch uuid default null)
returns dlqtop.act_result
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    answer dlqtop.act_result;
    owned  text;
begin
    answer := dlqtop.guard_entry(
        'release_entry', p_entry, p_seen_version, p_actor, p_reason, p_batch, false);
    if answer.outcome is not null then
        return answer;
    end if;
    delete from dlqtop.claims where claims.entry = p_entry
    returning case when expires_at > now() then owner end into owned;
    return dlqtop.entry_act_done(
        'release_entry', p_entry, p_actor, p_reason, p_batch,
        'owned by ' || coalesce(owned, 'nobody'),
        'owned by nobody');
end
$$;

-- Snoozes an entry for some minutes or until an instant: the queue lists it last until then.
create function dlqtop.snooze_entry(
    p_entry uuid, p_seen_version int, p_actor text, p_reason text, p_minutes int, p_until timestamptz,
    p_batch uuid default null)
returns dlqtop.act_result
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    answer  dlqtop.act_result;
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
        raise exception 'a snooze ends in the future: % is past', dlqtop.clock_in_words(ends)
            using errcode = 'invalid_parameter_value';
    end if;
    answer := dlqtop.guard_entry(
        'snooze_entry', p_entry, p_seen_version, p_actor, p_reason, p_batch, false);
    if answer.outcome is not null then
        return answer;
    end if;
    select 'snoozed until ' || dlqtop.clock_in_words(until) into snoozed from dlqtop.snoozes
    where snoozes.entry = p_entry and until > now();
    insert into dlqtop.snoozes (entry, until, snoozed_by) values (p_entry, ends, p_actor)
    on conflict (entry) do update
    set until = excluded.until, snoozed_by = excluded.snoozed_by;
    return dlqtop.entry_act_done(
        'snooze_entry', p_entry, p_actor, p_reason, p_batch, coalesce(snoozed, 'not snoozed'),
        'snoozed until ' || dlqtop.clock_in_words(ends));
end
$$;

-- Ends a snooze.
create function dlqtop.unsnooze_entry(
    p_entry uuid, p_seen_version int, p_actor text, p_reason text, p_batch uuid default null)
returns dlqtop.act_result
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    answer  dlqtop.act_result;
    snoozed text;
begin
    answer := dlqtop.guard_entry(
        'unsnooze_entry', p_entry, p_seen_version, p_actor, p_reason, p_batch, false);
    if answer.outcome is not null then
        return answer;
    end if;
    delete from dlqtop.snoozes where snoozes.entry = p_entry
    returning 'snoozed until ' || dlqtop.clock_in_words(until) into snoozed;
    return dlqtop.entry_act_done(
        'unsnooze_entry', p_entry, p_actor, p_reason, p_batch, coalesce(snoozed, 'not snoozed'),
        'not snoozed');
end
$$;

-- Only the owner, and those to whom it is granted, may call these.
revoke execute on function
    dlqtop.update_investigation(uuid, int, text, text, text, jsonb, uuid),
    dlqtop.reopen_investigation(uuid, int, text, text, uuid),
    dlqtop.add_investigation_note(uuid, text, text, uuid),
    dlqtop.closed_or_reopened_by(uuid), dlqtop.guard_entry(text, uuid, int, text, text, uuid, boolean),
    dlqtop.entry_act_done(text, uuid, text, text, uuid, text, text),
    dlqtop.own_entry(uuid, int, text, text, int, uuid, boolean),
    dlqtop.release_entry(uuid, int, text, text, uuid),
    dlqtop.snooze_entry(uuid, int, text, text, int, timestamptz, uuid),
    dlqtop.unsnooze_entry(uuid, int, text, text, uuid)
from public;
