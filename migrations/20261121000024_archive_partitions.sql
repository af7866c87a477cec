-- The archive by months, so that years of it can be dropped, moved or vacuumed a month at a time; and
-- how many rows it has, known without counting them. Columns are as before; new ones come last.

-- Which archives there are, by the name that the statistics give them.
create table dlqtop.archive_tables (
    archive_table text primary key,
    relation      regclass not null
);

-- How many rows came in each hour. Who archives at the same time counts in shards of their own, so
-- that nobody waits for anybody; the sum over the shards is the count. A row may be negative: what
-- was archived in an hour may be deleted by another session, or after its hours were folded into a
-- day. `oldest` and `newest` are of what came, whatever has gone since.
create table dlqtop.archive_tallies (
    archive_table text not null references dlqtop.archive_tables,
    hour          timestamptz not null,
    shard         smallint not null,
    row_count     bigint not null,
    oldest        timestamptz,
    newest        timestamptz,
    primary key (archive_table, hour, shard)
);

create function dlqtop.hour_of(p_at timestamptz) returns timestamptz
language sql immutable parallel safe
-- date_bin, because date_trunc goes by the session's time zone
return date_bin(interval '1 hour', p_at, timestamptz 'epoch');

create function dlqtop.day_of(p_at timestamptz) returns timestamptz
language sql immutable parallel safe
return date_bin(interval '1 day', p_at, timestamptz 'epoch');

-- A shard that no other transaction counts in at present, while there are fewer than sixteen.
create function dlqtop.tally_shard() returns smallint
language plpgsql
as $$
begin
    for shard in 0..15 loop
        if pg_try_advisory_xact_lock(hashtext('dlqtop.archive_tallies'), shard) then
            return shard;
        end if;
    end loop;
    return pg_backend_pid() % 16;
end
$$;

-- Keeps the tallies, whoever writes: the archiving functions, or plain SQL. Runs as its owner, since
-- the writer need not be allowed to write tallies.
create function dlqtop.tally_archive() returns trigger
language plpgsql security definer set search_path = pg_catalog, dlqtop, pg_temp
as $$
declare
    mine constant smallint := tally_shard();
begin
    if tg_op in ('INSERT', 'UPDATE') then
        insert into archive_tallies as t (archive_table, hour, shard, row_count, oldest, newest)
        select tg_argv[0], hour_of(archived_at), mine, count(*), min(archived_at), max(archived_at)
        from added group by 2 order by 2
        on conflict (archive_table, hour, shard) do update
        set row_count = t.row_count + excluded.row_count,
            oldest = least(t.oldest, excluded.oldest),
            newest = greatest(t.newest, excluded.newest);
    end if;
    if tg_op in ('DELETE', 'UPDATE') then
        insert into archive_tallies as t (archive_table, hour, shard, row_count)
        select tg_argv[0], hour_of(archived_at), mine, -count(*)
        from gone group by 2 order by 2
        on conflict (archive_table, hour, shard) do update
        set row_count = t.row_count + excluded.row_count;
    end if;
    return null;
end
$$;

-- A truncated table shows no trigger which rows it had: they are counted before.
create function dlqtop.tally_truncation() returns trigger
language plpgsql security definer set search_path = pg_catalog, dlqtop, pg_temp
as $$
begin
    execute format(
        'insert into archive_tallies as t (archive_table, hour, shard, row_count)
         select $1, hour_of(archived_at), $2, -count(*) from only %s group by 2 order by 2
         on conflict (archive_table, hour, shard) do update
         set row_count = t.row_count + excluded.row_count', tg_relid::regclass)
    using tg_argv[0], tally_shard();
    return null;
end
$$;

-- The statement triggers of an archive fire for statements that name it, those of a partition for
-- statements that name the partition: both need them.
create function dlqtop.keep_tallies(p_archive text, p_table regclass, p_is_leaf boolean)
returns void
language plpgsql
as $$
begin
    execute format(
        'create trigger tally_inserts after insert on %1$s referencing new table as added
             for each statement execute function dlqtop.tally_archive(%2$L);
         create trigger tally_updates after update on %1$s
             referencing old table as gone new table as added
             for each statement execute function dlqtop.tally_archive(%2$L);
         create trigger tally_deletes after delete on %1$s referencing old table as gone
             for each statement execute function dlqtop.tally_archive(%2$L)', p_table, p_archive);
    if p_is_leaf then
        execute format(
            'create trigger tally_truncation before truncate on %s
                 for each statement execute function dlqtop.tally_truncation(%L)',
            p_table, p_archive);
    end if;
end
$$;

-- Makes the partitions of the month (in UTC) of `p_at`, if they are missing. Rows of that month that
-- have gone to the default partition meanwhile move into the new one. Runs as its owner: only the
-- owner of a table can give it partitions.
create function dlqtop.ensure_archive_partitions(p_at timestamptz) returns void
language plpgsql security definer set search_path = pg_catalog, public, dlqtop, pg_temp
as $$
declare
    month constant timestamp := date_trunc('month', p_at at time zone 'UTC');
    first constant timestamptz := month at time zone 'UTC';
    next  constant timestamptz := (month + interval '1 month') at time zone 'UTC';
    archive record;
    leaf    text;
begin
    if not isfinite(p_at) then
        return;
    end if;
    for archive in
        select archive_table, relation, relname
        from archive_tables a join pg_class c on c.oid = a.relation
        order by archive_table
    loop
        leaf := archive.relname || to_char(month, '_YYYY_MM');
        continue when to_regclass(format('public.%I', leaf)) is not null;
        -- Whoever else makes it has done so when this returns.
        perform pg_advisory_xact_lock(hashtextextended('dlqtop.archive_partitions', 0));
        continue when to_regclass(format('public.%I', leaf)) is not null;
        execute format('create table public.%I (like %s including all)', leaf, archive.relation);
        perform keep_tallies(archive.archive_table, format('public.%I', leaf)::regclass, true);
        execute format(
            'with moved as (
                 delete from public.%I where archived_at >= $1 and archived_at < $2 returning *)
             insert into public.%I select * from moved', archive.relname || '_default', leaf)
        using first, next;
        execute format(
            'alter table %s attach partition public.%I for values from (%L) to (%L)',
            archive.relation, leaf, first, next);
    end loop;
end
$$;

-- Nothing reads the flat tables while they are exchanged. The view keeps its name and its grants.
create or replace view v_archive_statistics as
select ''::text as archive_table, 0::bigint as row_count, now() as oldest, now() as newest,
       0::bigint as bytes, 0::bigint as archived_last_day
where false;

-- The primary keys begin with what one looks an archived row up by.
create function pg_temp.exchange(p_archive text, p_table text, p_key text) returns void
language plpgsql
as $$
begin
    execute format('alter table %1$I rename to %2$I', p_table, p_table || '_flat');
    execute format('alter index %1$I rename to %2$I', p_table || '_pkey', p_table || '_flat_pkey');
    execute format(
        'create table %1$I (like %2$I including defaults, primary key (%3$s))
         partition by range (archived_at)', p_table, p_table || '_flat', p_key);
    perform pg_temp.open(p_archive, p_table);
end
$$;

create function pg_temp.open(p_archive text, p_table text) returns void
language plpgsql
as $$
begin
    insert into dlqtop.archive_tables values (p_archive, p_table::regclass);
    execute format('create table %I partition of %I default', p_table || '_default', p_table);
    perform dlqtop.keep_tallies(p_archive, p_table::regclass, false);
    perform dlqtop.keep_tallies(p_archive, (p_table || '_default')::regclass, true);
end
$$;

-- The rows, into the months that they were archived in.
create function pg_temp.refill(p_table text) returns void
language plpgsql
as $$
declare
    month timestamptz;
begin
    for month in execute format(
        'select distinct date_trunc(''month'', archived_at at time zone ''UTC'') at time zone ''UTC''
         from %I', p_table || '_flat')
    loop
        perform dlqtop.ensure_archive_partitions(month);
    end loop;
    execute format('insert into %I select * from %I', p_table, p_table || '_flat');
    execute format('drop table %I', p_table || '_flat');
end
$$;

select pg_temp.exchange('tasks', 'tasker_tasks_archive', 'task_uuid, archived_at');
select pg_temp.exchange(
    'steps', 'tasker_workflow_steps_archive', 'task_uuid, workflow_step_uuid, archived_at');
select pg_temp.exchange(
    'transitions', 'tasker_task_transitions_archive', 'task_uuid, task_transition_uuid, archived_at');
select pg_temp.exchange(
    'dead letters', 'tasker_tasks_dlq_archive', 'task_uuid, dlq_entry_uuid, archived_at');

-- What a step's history was made of used to be deleted with its task.
create table tasker_workflow_step_transitions_archive (
    like tasker_workflow_step_transitions including defaults,
    archived_at timestamptz not null default now(),
    primary key (workflow_step_uuid, workflow_step_transition_uuid, archived_at)
) partition by range (archived_at);
select pg_temp.open('step transitions', 'tasker_workflow_step_transitions_archive');

select pg_temp.refill(relation::text)
from dlqtop.archive_tables
where archive_table <> 'step transitions';

-- So was the graph: the edges into an archived step stand with it.
alter table tasker_workflow_steps_archive
    add column parent_step_uuids uuid[] not null default '{}';

drop function pg_temp.exchange(text, text, text);
drop function pg_temp.open(text, text);
drop function pg_temp.refill(text);

revoke execute on function
    dlqtop.tally_shard(), dlqtop.tally_archive(), dlqtop.tally_truncation(),
    dlqtop.keep_tallies(text, regclass, boolean), dlqtop.ensure_archive_partitions(timestamptz)
from public;
