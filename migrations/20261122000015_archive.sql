-- Where finished tasks go: one archive per live table, partitioned by month so that years of it can be
-- dropped, moved or vacuumed a month at a time, and tallies of its rows, so that nobody has to count them.

-- The columns of the live tables in the same order, without their foreign keys; new ones come last. The
-- primary keys begin with what archived rows are looked up by.
create table public.tasker_tasks_archive (
    like public.tasker_tasks including defaults,
    archived_at timestamptz not null default now(),
    primary key (task_uuid, archived_at)
) partition by range (archived_at);
create table public.tasker_workflow_steps_archive (
    like public.tasker_workflow_steps including defaults,
    archived_at       timestamptz not null default now(),
    -- the edges that lead to the step
    parent_step_uuids uuid[] not null default '{}',
    primary key (task_uuid, workflow_step_uuid, archived_at)
) partition by range (archived_at);
create table public.tasker_task_transitions_archive (
    like public.tasker_task_transitions including defaults,
    archived_at timestamptz not null default now(),
    primary key (task_uuid, task_transition_uuid, archived_at)
) partition by range (archived_at);
create table public.tasker_workflow_step_transitions_archive (
    like public.tasker_workflow_step_transitions including defaults,
    archived_at timestamptz not null default now(),
    primary key (workflow_step_uuid, workflow_step_transition_uuid, archived_at)
) partition by range (archived_at);
create table public.tasker_tasks_dlq_archive (
    like public.tasker_tasks_dlq including defaults,
    archived_at timestamptz not null default now(),
    primary key (task_uuid, dlq_entry_uuid, archived_at)
) partition by range (archived_at);

-- The archives, by the name they have in the statistics.
create table dlqtop.archive_tables (
    archive_table text primary key,
    relation      regclass not null
);

-- How many rows were archived in each hour. Sessions that archive at the same time count in different
-- shards and do not wait for each other; the sum over the shards is the count. A row may be negative if
-- another session deletes what was archived in that hour, or if its hours were folded into a day before.
-- `oldest` and `newest` are those of all rows archived, deleted or not.
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
-- not date_trunc, which depends on the session's time zone
return date_bin(interval '1 hour', p_at, timestamptz 'epoch');

create function dlqtop.day_of(p_at timestamptz) returns timestamptz
language sql immutable parallel safe
return date_bin(interval '1 day', p_at, timestamptz 'epoch');

-- A shard that no other transaction counts in, as long as fewer than sixteen do.
create function dlqtop.tally_shard() returns smallint
language plpgsql
set search_path = pg_catalog, pg_temp
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

-- Counts what the archiving functions or plain SQL write. Security definer, because the writer may have no
-- right on the tallies.
create function dlqtop.tally_archive() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    mine constant smallint := dlqtop.tally_shard();
begin
    if tg_op in ('INSERT', 'UPDATE') then
        insert into dlqtop.archive_tallies as t (archive_table, hour, shard, row_count, oldest, newest)
        select tg_argv[0], dlqtop.hour_of(archived_at), mine, count(*), min(archived_at), max(archived_at)
        from added group by 2 order by 2
        on conflict (archive_table, hour, shard) do update
        set row_count = t.row_count + excluded.row_count,
            oldest = least(t.oldest, excluded.oldest),
            newest = greatest(t.newest, excluded.newest);
    end if;
    if tg_op in ('DELETE', 'UPDATE') then
        insert into dlqtop.archive_tallies as t (archive_table, hour, shard, row_count)
        select tg_argv[0], dlqtop.hour_of(archived_at), mine, -count(*)
        from gone group by 2 order by 2
        on conflict (archive_table, hour, shard) do update
        set row_count = t.row_count + excluded.row_count;
    end if;
    return null;
end
$$;

-- A trigger on truncate does not see the rows: they are counted before.
create function dlqtop.tally_truncation() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
    execute format(
        'insert into dlqtop.archive_tallies as t (archive_table, hour, shard, row_count)
         select $1, dlqtop.hour_of(archived_at), $2, -count(*) from only %s group by 2 order by 2
         on conflict (archive_table, hour, shard) do update
         set row_count = t.row_count + excluded.row_count', tg_relid::regclass)
    using tg_argv[0], dlqtop.tally_shard();
    return null;
end
$$;

-- Gives an archive or one of its partitions the triggers that count. Both need them: the triggers of an
-- archive fire for statements that name it, those of a partition for statements that name the partition.
create function dlqtop.keep_tallies(p_archive text, p_table regclass, p_is_leaf boolean)
returns void
language plpgsql
set search_path = pg_catalog, pg_temp
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

-- Creates the partitions of the month (in UTC) of `p_at` that are missing. Rows of that month that are in
-- the default partition move to the new one. Security definer, because only the owner of a table can
-- create partitions of it.
create function dlqtop.ensure_archive_partitions(p_at timestamptz) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp
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
        from dlqtop.archive_tables a join pg_class c on c.oid = a.relation
        order by archive_table
    loop
        leaf := archive.relname || to_char(month, '_YYYY_MM');
        continue when to_regclass(format('public.%I', leaf)) is not null;
        -- If another session creates it, this waits until it has.
        perform pg_advisory_xact_lock(hashtextextended('dlqtop.archive_partitions', 0));
        continue when to_regclass(format('public.%I', leaf)) is not null;
        begin
            perform dlqtop.lock_table('public.' || archive.relname || '_default', 'access exclusive');
        exception when lock_not_available then
            -- Somebody reads the default partition. It takes the rows, and a later batch tries again.
            return;
        end;
        execute format('create table public.%I (like %s including all)', leaf, archive.relation);
        perform dlqtop.keep_tallies(archive.archive_table, format('public.%I', leaf)::regclass, true);
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

-- Folds old hours into days, so that the tallies do not grow without end.
create function dlqtop.fold_archive_tallies() returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
    if not pg_try_advisory_xact_lock(hashtextextended('dlqtop.archive_tallies', 0)) then
        return;
    end if;
    with old as (
        delete from dlqtop.archive_tallies
        -- the last week stays by the hour
        where hour < dlqtop.day_of(now()) - interval '8 days'
          and (shard <> 0 or hour <> dlqtop.day_of(hour))
        returning *
    )
    insert into dlqtop.archive_tallies as t (archive_table, hour, shard, row_count, oldest, newest)
    select archive_table, dlqtop.day_of(hour), 0, sum(row_count), min(oldest), max(newest)
    from old group by 1, 2 order by 1, 2
    on conflict (archive_table, hour, shard) do update
    set row_count = t.row_count + excluded.row_count,
        oldest = least(t.oldest, excluded.oldest),
        newest = greatest(t.newest, excluded.newest);
end
$$;

-- The growth of the archive, from the tallies: as quick after ten years as on the first day. Days whose rows
-- were all deleted do not count; if part of a day was deleted, `oldest` and `newest` may still be those of
-- that part.
create view public.v_archive_statistics as
with days as (
    select archive_table,
           dlqtop.day_of(hour) as day,
           sum(row_count) as row_count,
           min(oldest) as oldest,
           max(newest) as newest,
           -- 24 hours with the present one
           sum(row_count) filter (where hour > dlqtop.hour_of(now()) - interval '1 day')
               as last_day,
           sum(row_count) filter (where hour > dlqtop.hour_of(now()) - interval '7 days')
               as last_week
    from dlqtop.archive_tallies
    group by archive_table, dlqtop.day_of(hour)
)
select
    a.archive_table,
    coalesce(sum(d.row_count), 0)::bigint as row_count,
    min(d.oldest) filter (where d.row_count > 0) as oldest,
    max(d.newest) filter (where d.row_count > 0) as newest,
    (select coalesce(sum(pg_total_relation_size(p.relid)), 0)
     from pg_partition_tree(a.relation) p)::bigint as bytes,
    coalesce(sum(d.last_day), 0)::bigint as archived_last_day,
    -- rows per day over the last seven days
    (coalesce(sum(d.last_week), 0) / 7)::float8 as archived_per_day
from dlqtop.archive_tables a
left join days d using (archive_table)
group by a.archive_table, a.relation;

-- Days on which the tallies and the archive differ, because something wrote without the triggers. Reads the
-- whole archive.
create function dlqtop.archive_drift()
returns table (archive_table text, day timestamptz, tallied bigint, counted bigint)
language sql stable
begin atomic
    with present as (
        select 'tasks' as archive_table, archived_at from public.tasker_tasks_archive
        union all select 'steps', archived_at from public.tasker_workflow_steps_archive
        union all select 'transitions', archived_at from public.tasker_task_transitions_archive
        union all select 'step transitions', archived_at
        from public.tasker_workflow_step_transitions_archive
        union all select 'dead letters', archived_at from public.tasker_tasks_dlq_archive
    ),
    counted as (
        select archive_table, dlqtop.day_of(archived_at) as day, count(*) as counted
        from present group by 1, 2
    ),
    tallied as (
        select archive_table, dlqtop.day_of(hour) as day, sum(row_count)::bigint as tallied
        from dlqtop.archive_tallies group by 1, 2
    )
    select archive_table, day, coalesce(t.tallied, 0), coalesce(c.counted, 0)
    from tallied t full join counted c using (archive_table, day)
    where coalesce(t.tallied, 0) <> coalesce(c.counted, 0)
    order by archive_table, day;
end;

-- Counts everything again, for tallies that have drifted: a partition was dropped by hand, or a restore ran
-- with the triggers on. Archiving waits meanwhile. All that lock several archives begin with 'dead letters'.
create function dlqtop.recount_archive() returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    archive record;
begin
    for archive in
        select a.archive_table, a.relation from dlqtop.archive_tables a order by a.archive_table
    loop
        perform dlqtop.lock_table(archive.relation::text, 'share');
        delete from dlqtop.archive_tallies t where t.archive_table = archive.archive_table;
        execute format(
            'insert into dlqtop.archive_tallies
                 (archive_table, hour, shard, row_count, oldest, newest)
             select $1, dlqtop.hour_of(archived_at), 0, count(*), min(archived_at), max(archived_at)
             from %s group by 2', archive.relation)
        using archive.archive_table;
    end loop;
end
$$;

-- Calculates again what has drifted, and logs it. Writers wait meanwhile.
create function dlqtop.repair(p_kept text, p_actor text, p_reason text) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
    perform dlqtop.require_actor_and_reason(p_actor, p_reason);
    case p_kept
        when 'deadlines' then perform dlqtop.rebuild_deadlines();
        when 'tallies' then perform dlqtop.rebuild_tallies();
        when 'archive' then perform dlqtop.recount_archive();
        else
            raise exception 'nothing here is called %', p_kept
                using errcode = 'invalid_parameter_value';
    end case;
    perform dlqtop.log_act(
        p_actor, 'repair', p_kept, null, null, p_reason, null, null, null, 'done');
end
$$;

-- The archives, each with a default partition, so that no row is refused before its month has one.
do $$
declare
    archive record;
    default_partition text;
begin
    for archive in
        select a.name, a.relation, c.relname from (values
            ('tasks', 'public.tasker_tasks_archive'::regclass),
            ('steps', 'public.tasker_workflow_steps_archive'),
            ('transitions', 'public.tasker_task_transitions_archive'),
            ('dead letters', 'public.tasker_tasks_dlq_archive'),
            ('step transitions', 'public.tasker_workflow_step_transitions_archive')) a (name, relation)
        join pg_class c on c.oid = a.relation
    loop
        default_partition := format('public.%I', archive.relname || '_default');
        insert into dlqtop.archive_tables values (archive.name, archive.relation);
        execute format(
            'create table %s partition of %s default', default_partition, archive.relation);
        perform dlqtop.keep_tallies(archive.name, archive.relation, false);
        perform dlqtop.keep_tallies(archive.name, default_partition::regclass, true);
    end loop;
end
$$;

-- Only the owner, and those to whom it is granted, may call these.
revoke execute on function
    dlqtop.tally_shard(), dlqtop.tally_archive(), dlqtop.tally_truncation(),
    dlqtop.keep_tallies(text, regclass, boolean), dlqtop.ensure_archive_partitions(timestamptz),
    dlqtop.fold_archive_tallies(), dlqtop.recount_archive(), dlqtop.repair(text, text, text)
from public;
