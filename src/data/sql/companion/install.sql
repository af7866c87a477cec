-- The companion schema: notes, claims, snoozes, the operator log and samples for a system that cannot store
-- them itself. It refers to nothing outside, and nothing outside is changed. `dlqtop uninstall` removes it.
begin;
set local lock_timeout = '3s';
set local statement_timeout = '10s';

create schema dlqtop;
comment on schema dlqtop is 'Made by dlqtop install: notes, claims, snoozes, log, samples';

-- The version of this schema, and the system it was made for.
create table dlqtop.installed (
    version int primary key,
    source  text not null,
    at      timestamptz not null default now()
);

-- Who may act for whom. A database user that is listed acts only as the actors listed with it; an actor that
-- is listed is used by no other user. `ana` stands for ana on every machine, `ana@lap7` for that one only. The
-- owner of this schema writes it.
create table dlqtop.actors (
    role  text not null,
    actor text not null,
    primary key (role, actor),
    constraint actor_is_never_blank check (actor ~ '\S')
);

-- Who did what to what, when, why, with which outcome. Append-only. `actor` is what the program says,
-- `database_user` what the database knows. `tenant` says whose task or entry it was: empty if it belongs to none,
-- null if that is not known; then only those see the line who see all tenants.
create table dlqtop.operator_log (
    log_id        bigint generated always as identity primary key,
    at            timestamptz not null default now(),
    actor         text not null,
    database_user text not null,
    action        text not null,
    source        text not null,
    subject       text not null,
    subject_uuid  uuid,
    task_uuid     uuid,
    entry         uuid,
    reason        text,
    incident      text,
    batch         uuid,
    before        text,
    after         text,
    outcome       text not null,
    tenant        text,
    constraint actor_is_never_blank check (actor ~ '\S')
);
create index operator_log_by_time on dlqtop.operator_log (source, at desc, log_id desc);
-- A batch does an action to a subject once, however often the action is sent.
create unique index act_is_done_once on dlqtop.operator_log (source, batch, subject_uuid, action)
    where outcome = 'done' and batch is not null;

-- Append-only, too.
create table dlqtop.notes (
    note_id bigint generated always as identity primary key,
    source  text not null,
    entry   uuid not null,
    author  text not null,
    body    text not null,
    at      timestamptz not null default now(),
    tenant  text,
    constraint author_is_never_blank check (author ~ '\S'),
    constraint note_says_something check (body ~ '\S')
);
create index notes_by_entry on dlqtop.notes (source, entry, at);

-- Who has claimed which entry, until when.
create table dlqtop.claims (
    source     text not null,
    entry      uuid not null,
    owner      text not null,
    claimed_at timestamptz not null default now(),
    expires_at timestamptz not null,
    primary key (source, entry),
    constraint owner_is_never_blank check (owner ~ '\S')
);

-- Snoozed entries, until when.
create table dlqtop.snoozes (
    source     text not null,
    entry      uuid not null,
    until      timestamptz not null,
    snoozed_by text not null,
    primary key (source, entry)
);

-- The state of the queue, at most once a minute, kept for a week: for a system that keeps no record of closed
-- entries. `tenant` says whose rows were counted; * are those of all.
create table dlqtop.samples (
    source   text not null,
    at       timestamptz not null,
    -- the five-minute bucket of the sample
    bucket   timestamptz not null,
    pending  bigint not null,
    -- of these, those that arrived in the bucket
    fresh    bigint not null,
    -- since the previous sample; null if there is no recent one
    arrived  bigint,
    resolved bigint,
    tenant   text not null default '*',
    primary key (source, tenant, at)
);

-- A post-mortem relies on the log and the notes.
create function dlqtop.refuse_rewriting() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
    raise exception '% is append-only', tg_table_name using errcode = 'restrict_violation';
end
$$;
revoke all on function dlqtop.refuse_rewriting() from public;
create trigger operator_log_is_append_only
    before update or delete or truncate on dlqtop.operator_log
    for each statement execute function dlqtop.refuse_rewriting();
create trigger notes_are_append_only
    before update or delete or truncate on dlqtop.notes
    for each statement execute function dlqtop.refuse_rewriting();

-- Writes the database's own user beside the actor, whatever the statement says, and refuses an actor that this
-- user may not use. What was not done is logged under the user's own name then. The argument names the column
-- that holds the actor.
create function dlqtop.sign() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    actor constant text := to_jsonb(new) ->> tg_argv[0];
    names constant text[] := array[actor, split_part(actor, '@', 1)];
    bound record;
begin
    if tg_table_name = 'operator_log' then
        new.database_user := session_user;
    end if;
    select coalesce(bool_or(a.actor = any (names) and a.role = session_user), false) as here,
           coalesce(bool_or(a.actor = any (names)), false) as anywhere,
           coalesce(bool_or(a.role = session_user), false) as is_bound
    into bound
    from dlqtop.actors a;
    if bound.here or not (bound.anywhere or bound.is_bound) then
        return new;
    end if;
    if tg_table_name = 'operator_log' then
        if new.outcome not in ('done', 'changed meanwhile') then
            new.actor := session_user;
            return new;
        end if;
    end if;
    raise exception 'the database user % may not act as %', session_user, actor
        using errcode = 'check_violation', constraint = 'actor_is_bound_to_user';
end
$$;
revoke all on function dlqtop.sign() from public;
create trigger operator_log_is_signed before insert on dlqtop.operator_log
    for each row execute function dlqtop.sign('actor');
create trigger notes_are_signed before insert on dlqtop.notes
    for each row execute function dlqtop.sign('author');
create trigger claims_are_signed before insert or update on dlqtop.claims
    for each row execute function dlqtop.sign('owner');
create trigger snoozes_are_signed before insert or update on dlqtop.snoozes
    for each row execute function dlqtop.sign('snoozed_by');

insert into dlqtop.installed (version, source) values (3, {source});
{grants}
commit;
