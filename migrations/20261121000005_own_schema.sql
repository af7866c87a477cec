-- What dlqtop itself keeps, for this or any other system it is attached to. Subjects are text or
-- uuid without a foreign key, because another system's rows are not ours to reference.

-- Who did what to what, when, why, with which outcome. Append-only.
create table dlqtop.operator_log (
    log_id   bigint generated always as identity primary key,
    at       timestamptz not null default now(),
    actor    text not null,
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

-- The log and the notes are what a post-mortem trusts.
create function dlqtop.refuse_rewriting() returns trigger
language plpgsql
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

create table dlqtop.claims (
    entry      uuid primary key,
    owner      text not null,
    claimed_at timestamptz not null default now(),
    expires_at timestamptz not null
);

create table dlqtop.snoozes (
    entry      uuid primary key,
    until      timestamptz not null,
    snoozed_by text not null
);

create table dlqtop.sweeps (
    sweep_id bigint generated always as identity primary key,
    instance text not null,
    started  timestamptz not null,
    took     interval not null,
    detected int not null,
    moved    int not null,
    skipped  int not null,
    failed   int not null,
    dry_run  boolean not null
);
create index sweeps_by_time on dlqtop.sweeps (started desc);

-- The thresholds in force. One row: the view, the detector, the alerts and the screen read the
-- same numbers, so they cannot disagree.
create table dlqtop.settings (
    only_row                             boolean primary key default true,
    max_waiting_for_dependencies_minutes float8 not null default 60,
    max_waiting_for_retry_minutes        float8 not null default 30,
    max_steps_in_process_minutes         float8 not null default 30,
    max_task_lifetime_minutes            float8 not null default 1440,
    warning_ratio                        float8 not null default 0.8,
    -- a namespace is without workers when none has been heard for this long
    worker_silence_minutes               float8 not null default 10,
    batch_size                           int not null default 100,
    updated_at                           timestamptz not null default now(),
    constraint there_is_one_row check (only_row),
    constraint thresholds_are_sensible check (
        -- `between` refuses infinity and NaN as well
        max_waiting_for_dependencies_minutes between 0.01 and 5256000
        and max_waiting_for_retry_minutes between 0.01 and 5256000
        and max_steps_in_process_minutes between 0.01 and 5256000
        and max_task_lifetime_minutes between 0.01 and 5256000
        and worker_silence_minutes between 0.01 and 5256000),
    constraint warning_comes_before_stale check (warning_ratio > 0 and warning_ratio < 1),
    constraint batch_is_bounded check (batch_size between 1 and 10000)
);
insert into dlqtop.settings default values;
