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

-- Who did what to what, when, why, with which outcome. Append-only.
create table dlqtop.operator_log (
    log_id       bigint generated always as identity primary key,
    at           timestamptz not null default now(),
    actor        text not null,
    action       text not null,
    source       text not null,
    subject      text not null,
    subject_uuid uuid,
    task_uuid    uuid,
    entry        uuid,
    reason       text,
    incident     text,
    batch        uuid,
    before       text,
    after        text,
    outcome      text not null,
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
-- entries.
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
    primary key (source, at)
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

insert into dlqtop.installed (version, source) values (1, {source});
{grants}
commit;
