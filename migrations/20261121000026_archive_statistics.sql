-- The archive's growth, read from the tallies: as dear after ten years as on the first day. A day
-- that is empty again counts for nothing; if a part of a day was deleted, `oldest` and `newest` may
-- still name an instant of that part.
create or replace view v_archive_statistics as
with days as (
    select archive_table,
           dlqtop.day_of(hour) as day,
           sum(row_count) as row_count,
           min(oldest) as oldest,
           max(newest) as newest,
           -- twenty-four hours: the present one and those before it
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
    -- rows a day over the last seven days
    (coalesce(sum(d.last_week), 0) / 7)::float8 as archived_per_day
from dlqtop.archive_tables a
left join days d using (archive_table)
group by a.archive_table, a.relation;

-- Where the tallies and the archive disagree: no row, or something wrote past the triggers. Reads
-- the whole archive.
create function dlqtop.archive_drift()
returns table (archive_table text, day timestamptz, tallied bigint, counted bigint)
language sql stable
as $$
    with present as (
        select 'tasks' as archive_table, archived_at from tasker_tasks_archive
        union all select 'steps', archived_at from tasker_workflow_steps_archive
        union all select 'transitions', archived_at from tasker_task_transitions_archive
        union all select 'step transitions', archived_at
        from tasker_workflow_step_transitions_archive
        union all select 'dead letters', archived_at from tasker_tasks_dlq_archive
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
    order by archive_table, day
$$;

-- Counts anew, if the tallies ever drifted: a partition was dropped by hand, or a restore ran with
-- triggers on. Whoever archives waits for it.
create function dlqtop.recount_archive() returns void
language plpgsql
as $$
declare
    archive record;
begin
    for archive in
        select a.archive_table, a.relation from dlqtop.archive_tables a order by a.archive_table
    loop
        execute format('lock table %s in share mode', archive.relation);
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
revoke execute on function dlqtop.recount_archive() from public;
