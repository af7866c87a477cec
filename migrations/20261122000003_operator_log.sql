-- The operator log, notes, claims and snoozes. Rows name what they are about by text or uuid, without a
-- foreign key: entries and tasks move to the archive, and their log stays.

-- Who may act for whom. A database user that is listed acts only as the actors listed with it, and an actor
-- that is listed is used by no other user. `ana` stands for ana on every machine, `ana@lap7` for that one only.
create table dlqtop.actors (
    role     text not null,
    actor    text not null,
    bound_at timestamptz not null default now(),
    primary key (role, actor),
    constraint actor_is_never_blank check (actor ~ '\S')
);

-- Whether the session's user may act under this name: one bound to it or, if nobody is bound to that name,
-- any user that is bound to none. The user's own name is always allowed, unless it is somebody else's.
create function dlqtop.may_act_as(p_actor text) returns boolean
language sql stable security definer
set search_path = pg_catalog, pg_temp
as $$
    select case
        when bool_or(a.actor in (p_actor, split_part(p_actor, '@', 1)))
            then bool_or(a.actor in (p_actor, split_part(p_actor, '@', 1)) and a.role = session_user)
        else p_actor = session_user or not coalesce(bool_or(a.role = session_user), false)
    end
    from dlqtop.actors a
$$;

-- Who did what to what, when, why and with which outcome. Append-only. `actor` is what the caller says;
-- `database_user` is the session_user, which no caller can choose: a trigger writes it.
create table dlqtop.operator_log (
    log_id   bigint generated always as identity primary key,
    at       timestamptz not null default now(),
    actor    text not null,
    database_user text not null default session_user,
    action   text not null,
    source   text not null default 'tasker',
    subject  text not null,
    subject_uuid uuid,
    task_uuid uuid,
    entry    uuid,
    reason   text,
    incident text,
    batch    uuid,
    before   text,
    after    text,
    outcome  text not null,
    constraint actor_is_never_blank check (actor ~ '\S')
);
create index operator_log_by_time on dlqtop.operator_log (at desc);
create index operator_log_by_entry on dlqtop.operator_log (entry, at desc);
create index operator_log_by_task on dlqtop.operator_log (task_uuid, at desc);
create index operator_log_by_subject on dlqtop.operator_log (subject_uuid, at desc);

-- Who changed a setting last.
create index operator_log_by_setting on dlqtop.operator_log (subject, at desc)
    where action = 'configure';

-- A batch does an action to a subject once (see dlqtop.done_before); this is the last line of defence.
create unique index act_is_done_once on dlqtop.operator_log (batch, subject_uuid, action)
    where outcome = 'done' and batch is not null;

create table dlqtop.notes (
    note_id bigint generated always as identity primary key,
    entry   uuid not null,
    author  text not null,
    body    text not null,
    at      timestamptz not null default now(),
    constraint author_is_never_blank check (author ~ '\S'),
    constraint note_says_something check (body ~ '\S')
);
create index notes_by_entry on dlqtop.notes (entry, at);

-- The handover of a shift lists the notes of a span of time, whatever they are about.
create index notes_by_time on dlqtop.notes (at);

create function dlqtop.sign() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
    if not dlqtop.may_act_as(new.actor) then
        raise exception 'the database user % may not act as %', session_user, new.actor
            using errcode = 'check_violation', constraint = 'actor_is_bound_to_user';
    end if;
    new.database_user := session_user;
    return new;
end
$$;
create trigger operator_log_is_signed before insert on dlqtop.operator_log
    for each row execute function dlqtop.sign();

-- A post-mortem relies on the log and the notes: nobody rewrites them.
create function dlqtop.refuse_rewriting() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
    raise exception '% is append-only', tg_table_name using errcode = 'restrict_violation';
end
$$;
create trigger operator_log_is_append_only
    before update or delete on dlqtop.operator_log
    for each row execute function dlqtop.refuse_rewriting();
create trigger notes_are_append_only
    before update or delete on dlqtop.notes
    for each row execute function dlqtop.refuse_rewriting();

-- Truncating fires no trigger for a row.
create trigger operator_log_is_never_truncated before truncate on dlqtop.operator_log
    for each statement execute function dlqtop.refuse_rewriting();
create trigger notes_are_never_truncated before truncate on dlqtop.notes
    for each statement execute function dlqtop.refuse_rewriting();

-- Who works on an entry, and until when an entry is put off. Both end by themselves, and neither changes
-- the entry's version: somebody who has the entry open may still close it.
create table dlqtop.claims (
    entry         uuid primary key,
    owner         text not null,
    -- only the user who claimed may act as the owner of the claim
    database_user text not null,
    claimed_at    timestamptz not null default now(),
    expires_at    timestamptz not null
);

create table dlqtop.snoozes (
    entry      uuid primary key,
    until      timestamptz not null,
    snoozed_by text not null
);

create function dlqtop.require_actor_and_reason(p_actor text, p_reason text) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
    if coalesce(p_actor, '') !~ '\S' then
        raise exception 'say who you are: the actor is blank' using errcode = 'invalid_parameter_value';
    end if;
    if coalesce(p_reason, '') !~ '\S' then
        raise exception 'say why: the reason is blank' using errcode = 'invalid_parameter_value';
    end if;
end
$$;

-- The incident that the transaction belongs to. An operator names one to unlock a profile, and the program
-- sets it for each transaction (`dlqtop.incident`). Every line of the log gets it from here, so that no
-- function has to pass it on and none can forget it.
create function dlqtop.incident() returns text
language sql stable
begin atomic
    select nullif(left(btrim(current_setting('dlqtop.incident', true)), 64), '');
end;

-- Writes a line of the log. The entry is, unless named, the one that is pending for the task.
create function dlqtop.log_act(
    p_actor text, p_action text, p_subject text, p_subject_uuid uuid, p_task uuid, p_reason text,
    p_batch uuid, p_before text, p_after text, p_outcome text, p_entry uuid default null)
returns void
language sql
begin atomic
    insert into dlqtop.operator_log
        (actor, action, subject, subject_uuid, task_uuid, entry, reason, incident, batch, before,
         after, outcome)
    values
        (p_actor, p_action, p_subject, p_subject_uuid, p_task,
         coalesce(p_entry, (select dlq_entry_uuid from public.tasker_tasks_dlq
                            where task_uuid = p_task and resolution_status = 'pending')),
         p_reason, dlqtop.incident(), p_batch, p_before, p_after, p_outcome);
end;

-- A batch does an action to a subject once, however often it is requested. Comparing states is not
-- enough: a step that was reset, ran and failed again is in `error` again, and an action that is sent
-- once more because its answer was lost would reset it a second time.
--
-- Returns what the subject became when the batch did this before ('' if the log does not say), or null if
-- it has not. Without an action: any action of the batch. Call it with the subject locked.
create function dlqtop.done_before(p_batch uuid, p_subject uuid, p_action text default null)
returns text
language sql volatile
begin atomic
    select coalesce(after, '')
    from dlqtop.operator_log
    where batch = p_batch and subject_uuid = p_subject and outcome = 'done'
      and (p_action is null or action = p_action)
    order by log_id desc
    limit 1;
end;

-- Logs what no action logs itself: an action that the database refused, and that a profile was unlocked
-- or locked again. It cannot claim that something was done, nor that somebody else tried: where the session's
-- user may not act as the actor, the line names the user. A blank actor or reason is not logged: that was why
-- the action was refused.
create function dlqtop.log_refused_act(
    p_actor text, p_action text, p_subject text, p_subject_uuid uuid, p_reason text, p_batch uuid,
    p_outcome text)
returns void
language sql security definer
set search_path = pg_catalog, pg_temp
as $$
    insert into dlqtop.operator_log
        (actor, action, subject, subject_uuid, reason, incident, batch, outcome)
    select case when dlqtop.may_act_as(p_actor) then p_actor else session_user end,
           p_action, p_subject, p_subject_uuid, p_reason, dlqtop.incident(), p_batch,
           left(p_outcome, 500)
    where p_actor ~ '\S' and p_reason ~ '\S' and p_outcome not in ('done', 'changed meanwhile')
$$;

-- Lets a database user act only as the given actor (and those bound to it before), and nobody else as that
-- one. For the owner.
create function dlqtop.bind_actor(p_role text, p_actor text, p_by text, p_reason text) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
    perform dlqtop.require_actor_and_reason(p_by, p_reason);
    if not exists (select from pg_roles where rolname = p_role) then
        raise exception 'there is no role %', p_role using errcode = 'undefined_object';
    end if;
    perform dlqtop.log_act(
        p_by, 'bind_actor', p_actor, null, null, p_reason, null, null, 'role ' || p_role, 'done');
    insert into dlqtop.actors (role, actor) values (p_role, p_actor) on conflict do nothing;
end
$$;

create function dlqtop.unbind_actor(p_role text, p_actor text, p_by text, p_reason text) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
    perform dlqtop.require_actor_and_reason(p_by, p_reason);
    perform dlqtop.log_act(
        p_by, 'unbind_actor', p_actor, null, null, p_reason, null, 'role ' || p_role, null, 'done');
    delete from dlqtop.actors where role = p_role and actor = p_actor;
    if not found then
        raise exception 'role % is not bound to %', p_role, p_actor using errcode = 'no_data_found';
    end if;
end
$$;

create view public.v_operator_log as
select
    log_id, at, actor, database_user, action, source, subject, subject_uuid, task_uuid, entry, reason, incident,
    batch, before, after, outcome
from dlqtop.operator_log;

create view public.v_dlq_notes as
select n.note_id, d.task_uuid, n.entry as dlq_entry_uuid, n.author, n.body, n.at
from public.tasker_tasks_dlq d
join dlqtop.notes n on n.entry = d.dlq_entry_uuid;

-- Claims that have not ended.
create view public.v_dlq_owners as
select d.dlq_entry_uuid, c.owner, c.expires_at
from dlqtop.claims c
join public.tasker_tasks_dlq d on d.dlq_entry_uuid = c.entry and d.resolution_status = 'pending'
where c.expires_at > now();

-- Snoozes that have not ended.
create view public.v_dlq_snoozes as
select d.dlq_entry_uuid, z.until, z.snoozed_by
from dlqtop.snoozes z
join public.tasker_tasks_dlq d on d.dlq_entry_uuid = z.entry and d.resolution_status = 'pending'
where z.until > now();

-- Only the owner, and those to whom it is granted, may call these.
revoke execute on function
    dlqtop.may_act_as(text), dlqtop.sign(), dlqtop.bind_actor(text, text, text, text),
    dlqtop.unbind_actor(text, text, text, text),
    dlqtop.refuse_rewriting(), dlqtop.require_actor_and_reason(text, text),
    dlqtop.log_act(text, text, text, uuid, uuid, text, uuid, text, text, text, uuid),
    dlqtop.done_before(uuid, uuid, text), dlqtop.log_refused_act(text, text, text, uuid, text, uuid, text)
from public;
