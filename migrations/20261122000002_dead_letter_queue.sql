-- The dead-letter queue: its entries, their order, and counts that do not become slower with history.

-- The line of an error that says what happened: the first one that is not blank, or the last part of a
-- Python traceback. The program makes its fingerprints from the same line, so that the queue, its groups
-- and the detail of a task name the same error.
create function dlqtop.error_line(p_error text) returns text
language sql immutable parallel safe
begin atomic
    select left(
        case when ltrim(p_error, E' \t\r\n') like 'Traceback (most recent call%'
            then coalesce(
                (regexp_match(p_error, '.*\n([^[:space:]][^\n]*)'))[1],
                split_part(ltrim(p_error, E' \t\r\n'), E'\n', 1))
            else split_part(ltrim(p_error, E' \t\r\n'), E'\n', 1)
        end,
        500);
end;

-- An error as it is kept in snapshots and read for lists and groups: all of it up to 4,110 characters, of a longer
-- one the first and the last 2,048, because a traceback ends in what was raised. What was bounded stays as it is
-- when it is bounded again, and what follows the gap is indented, so that no part of a line begins one. The
-- statements of sources do the same (`src/data/source/bounded_error.sql`).
create function dlqtop.error_text(p_error text) returns text
language sql immutable parallel safe
begin atomic
    select case
        when octet_length(p_error) <= 4110 or (octet_length(p_error) <= 16440 and length(p_error) <= 4110)
            then nullif(btrim(p_error, E' \t\r\n'), '')
        else ltrim(left(p_error, 2048), E' \t\r\n') || E'\n  …\n  ' || rtrim(right(p_error, 2048), E' \t\r\n')
    end;
end;

-- An entry is one investigation of one stuck task. Closed entries stay.
create table public.tasker_tasks_dlq (
    dlq_entry_uuid       uuid primary key default public.tasker_uuid_v7(),
    task_uuid            uuid not null references public.tasker_tasks,
    original_state       text not null,
    dlq_reason           public.dlq_reason not null,
    dlq_timestamp        timestamptz not null default now(),
    task_snapshot        jsonb not null,
    resolution_status    public.dlq_resolution_status not null default 'pending',
    resolution_timestamp timestamptz,
    resolution_notes     text,
    resolved_by          text,
    error_category       text,
    metadata             jsonb not null default '{}',
    -- grows by one with every update; an update names the version it saw
    version              int not null default 1,
    created_at           timestamptz not null default now(),
    updated_at           timestamptz not null default now(),
    constraint closed_entries_say_when_and_by_whom check (
        resolution_status = 'pending'
        or (resolution_timestamp is not null and resolved_by is not null)),
    constraint metadata_is_an_object check (jsonb_typeof(metadata) = 'object')
);

-- Any number of detectors may run: the second one to open an entry for the same task is refused here.
create unique index task_has_one_pending_entry
    on public.tasker_tasks_dlq (task_uuid) where resolution_status = 'pending';
create index entries_by_task on public.tasker_tasks_dlq (task_uuid, dlq_timestamp);
create index entries_by_arrival on public.tasker_tasks_dlq (dlq_timestamp);
create index entries_by_resolution
    on public.tasker_tasks_dlq (resolution_timestamp) where resolution_timestamp is not null;

-- The score that each reason starts with; an entry gains one point per minute.
create function dlqtop.dlq_priority_base(p_reason public.dlq_reason) returns float8
language sql immutable parallel safe
begin atomic
    select case p_reason
        when 'dependency_cycle_detected' then 1000
        when 'max_retries_exceeded' then 500
        when 'staleness_timeout' then 100
        when 'worker_unavailable' then 50
        else 10
    end::float8;
end;

-- The instant at which the entry's score was 0. The score grows with time and this does not move, so an
-- index on it gives the order of the queue. The detour over UTC makes every part immutable for PostgreSQL:
-- only then is the body inlined into the index and the view instead of being called per row. The schema is
-- named because restoring a dump builds the index with an empty search path.
create function dlqtop.dlq_priority_instant(p_reason public.dlq_reason, p_at timestamptz)
returns timestamptz
language sql immutable parallel safe
begin atomic
    select (p_at at time zone 'UTC' - dlqtop.dlq_priority_base(p_reason) * interval '1 minute')
        at time zone 'UTC';
end;
create index entries_by_priority on public.tasker_tasks_dlq
    (dlqtop.dlq_priority_instant(dlq_reason, dlq_timestamp), dlq_entry_uuid)
    where resolution_status = 'pending';

-- The oldest and the newest entry of a reason.
create index entries_by_reason on public.tasker_tasks_dlq (dlq_reason, dlq_timestamp);

-- The oldest pending entry: with an index over all entries it would be searched for among the closed ones.
create index entries_pending on public.tasker_tasks_dlq (dlq_timestamp, dlq_entry_uuid)
    where resolution_status = 'pending';

-- Times to resolve are calculated from the latest resolutions of each reason.
create index entries_resolved on public.tasker_tasks_dlq (dlq_reason, resolution_timestamp)
    where resolution_status = 'manually_resolved';

-- The number of entries by template, reason and status, as changes that are added up when read. Writers
-- never wait for each other: each adds rows of its own, and a sweep folds them together afterwards.
create table dlqtop.tallies (
    named_task_uuid   uuid not null,
    dlq_reason        public.dlq_reason not null,
    resolution_status public.dlq_resolution_status not null,
    entries           bigint not null
);
alter table dlqtop.tallies set (autovacuum_vacuum_threshold = 500, autovacuum_vacuum_scale_factor = 0);

-- What the tallies must add up to.
create view dlqtop.tally_definition as
select t.named_task_uuid, d.dlq_reason, d.resolution_status, count(*) as entries
from public.tasker_tasks_dlq d
join public.tasker_tasks t using (task_uuid)
group by 1, 2, 3;

create function dlqtop.tally_new() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    insert into dlqtop.tallies
    select t.named_task_uuid, n.dlq_reason, n.resolution_status, count(*)
    from new_entries n
    join public.tasker_tasks t using (task_uuid)
    group by 1, 2, 3;
    return null;
end
$$;

create trigger tallies_count_new after insert on public.tasker_tasks_dlq
    referencing new table as new_entries
    for each statement execute function dlqtop.tally_new();

create function dlqtop.tally_changed() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    insert into dlqtop.tallies
    select t.named_task_uuid, c.dlq_reason, c.resolution_status, sum(c.entries)
    from (
        select task_uuid, dlq_reason, resolution_status, 1 as entries from new_entries
        union all
        select task_uuid, dlq_reason, resolution_status, -1 from old_entries
    ) c
    join public.tasker_tasks t using (task_uuid)
    group by 1, 2, 3
    having sum(c.entries) <> 0;
    return null;
end
$$;
create trigger tallies_count_changed after update on public.tasker_tasks_dlq
    referencing old table as old_entries new table as new_entries
    for each statement execute function dlqtop.tally_changed();

create function dlqtop.tally_gone() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    insert into dlqtop.tallies
    select t.named_task_uuid, o.dlq_reason, o.resolution_status, -count(*)
    from old_entries o
    join public.tasker_tasks t using (task_uuid)
    group by 1, 2, 3;
    return null;
end
$$;
create trigger tallies_count_gone after delete on public.tasker_tasks_dlq
    referencing old table as old_entries
    for each statement execute function dlqtop.tally_gone();

create function dlqtop.tally_none() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    truncate dlqtop.tallies;
    return null;
end
$$;
create trigger tallies_go after truncate on public.tasker_tasks_dlq
    for each statement execute function dlqtop.tally_none();

-- When a task gets another template, its entries count there.
create function dlqtop.tally_moved() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    insert into dlqtop.tallies
    select m.template, d.dlq_reason, d.resolution_status, sum(m.entries)
    from public.tasker_tasks_dlq d
    cross join (values (old.named_task_uuid, -1), (new.named_task_uuid, 1)) as m (template, entries)
    where d.task_uuid = new.task_uuid
    group by 1, 2, 3;
    return null;
end
$$;
create trigger tallies_follow_task after update of named_task_uuid on public.tasker_tasks
    for each row when (old.named_task_uuid <> new.named_task_uuid)
    execute function dlqtop.tally_moved();

-- Adds up the changes once there are more than 200. Rows that a writer has not committed yet are not
-- visible, and stay.
create function dlqtop.fold_tallies() returns void
language sql security definer
set search_path = pg_catalog, pg_temp
as $$
    with changes as (
        delete from dlqtop.tallies
        where (select count(*) > 200 from (select from dlqtop.tallies limit 201) many)
        returning *
    )
    insert into dlqtop.tallies
    select named_task_uuid, dlq_reason, resolution_status, sum(entries)
    from changes
    group by 1, 2, 3
    having sum(entries) <> 0
$$;

-- Counts everything again. Writers wait meanwhile.
create function dlqtop.rebuild_tallies() returns void
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    perform dlqtop.lock_table('public.tasker_tasks_dlq', 'share row exclusive');
    delete from dlqtop.tallies;
    insert into dlqtop.tallies select * from dlqtop.tally_definition;
end
$$;

-- How many changes no sweep has added up yet.
create view public.v_tally_changes as select count(*) as changes from dlqtop.tallies;

-- Every id that somebody may have at hand, and the task it belongs to.
create view public.v_task_ids as
select task_uuid as id, task_uuid, 'task' as kind, created_at from public.tasker_tasks
union all
select dlq_entry_uuid, task_uuid, 'entry', created_at from public.tasker_tasks_dlq
union all
select workflow_step_uuid, task_uuid, 'step', created_at from public.tasker_workflow_steps
union all
select correlation_id, task_uuid, 'correlation', created_at from public.tasker_tasks;

-- Only the owner, and those to whom it is granted, may call these.
revoke execute on function
    dlqtop.tally_new(), dlqtop.tally_changed(), dlqtop.tally_gone(), dlqtop.tally_none(),
    dlqtop.tally_moved(), dlqtop.fold_tallies(), dlqtop.rebuild_tallies()
from public;
