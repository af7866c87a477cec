-- Counts that do not grow with history.

-- Dead letters by template, reason and status: changes, added up when read. Nobody waits for
-- anybody: a writer adds rows of its own, and a sweep folds them together afterwards.
create table dlqtop.tallies (
    named_task_uuid   uuid not null,
    dlq_reason        dlq_reason not null,
    resolution_status dlq_resolution_status not null,
    entries           bigint not null
);
alter table dlqtop.tallies set (autovacuum_vacuum_threshold = 500, autovacuum_vacuum_scale_factor = 0);

create view dlqtop.tally_definition as
select t.named_task_uuid, d.dlq_reason, d.resolution_status, count(*) as entries
from tasker_tasks_dlq d
join tasker_tasks t using (task_uuid)
group by 1, 2, 3;

create function dlqtop.tally_new() returns trigger
language plpgsql security definer
set search_path = pg_catalog, public, dlqtop, pg_temp
as $$
begin
    insert into dlqtop.tallies
    select t.named_task_uuid, n.dlq_reason, n.resolution_status, count(*)
    from new_entries n
    join tasker_tasks t using (task_uuid)
    group by 1, 2, 3;
    return null;
end
$$;
create function dlqtop.tally_gone() returns trigger
language plpgsql security definer
set search_path = pg_catalog, public, dlqtop, pg_temp
as $$
begin
    insert into dlqtop.tallies
    select t.named_task_uuid, o.dlq_reason, o.resolution_status, -count(*)
    from old_entries o
    join tasker_tasks t using (task_uuid)
    group by 1, 2, 3;
    return null;
end
$$;
create function dlqtop.tally_changed() returns trigger
language plpgsql security definer
set search_path = pg_catalog, public, dlqtop, pg_temp
as $$
begin
    insert into dlqtop.tallies
    select t.named_task_uuid, c.dlq_reason, c.resolution_status, sum(c.entries)
    from (
        select task_uuid, dlq_reason, resolution_status, 1 as entries from new_entries
        union all
        select task_uuid, dlq_reason, resolution_status, -1 from old_entries
    ) c
    join tasker_tasks t using (task_uuid)
    group by 1, 2, 3
    having sum(c.entries) <> 0;
    return null;
end
$$;
create function dlqtop.tally_none() returns trigger
language plpgsql security definer
set search_path = pg_catalog, public, dlqtop, pg_temp
as $$
begin
    truncate dlqtop.tallies;
    return null;
end
$$;
create trigger tallies_count_new after insert on tasker_tasks_dlq
    referencing new table as new_entries
    for each statement execute function dlqtop.tally_new();
create trigger tallies_count_changed after update on tasker_tasks_dlq
    referencing old table as old_entries new table as new_entries
    for each statement execute function dlqtop.tally_changed();
create trigger tallies_count_gone after delete on tasker_tasks_dlq
    referencing old table as old_entries
    for each statement execute function dlqtop.tally_gone();
create trigger tallies_go after truncate on tasker_tasks_dlq
    for each statement execute function dlqtop.tally_none();

-- A task given another template takes its entries along.
create function dlqtop.tally_moved() returns trigger
language plpgsql security definer
set search_path = pg_catalog, public, dlqtop, pg_temp
as $$
begin
    insert into dlqtop.tallies
    select m.template, d.dlq_reason, d.resolution_status, sum(m.entries)
    from tasker_tasks_dlq d
    cross join (values (old.named_task_uuid, -1), (new.named_task_uuid, 1)) as m (template, entries)
    where d.task_uuid = new.task_uuid
    group by 1, 2, 3;
    return null;
end
$$;
create trigger tallies_follow_task after update of named_task_uuid on tasker_tasks
    for each row when (old.named_task_uuid <> new.named_task_uuid)
    execute function dlqtop.tally_moved();

-- Adds the changes up. Rows that a writer has not committed are not seen, and stay.
create function dlqtop.fold_tallies() returns void
language sql security definer
set search_path = pg_catalog, public, dlqtop, pg_temp
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

create function dlqtop.rebuild_tallies() returns void
language plpgsql security definer
set search_path = pg_catalog, public, dlqtop, pg_temp
as $$
begin
    lock table tasker_tasks_dlq in share row exclusive mode;
    delete from dlqtop.tallies;
    insert into dlqtop.tallies select * from dlqtop.tally_definition;
end
$$;
select dlqtop.rebuild_tallies();

-- Where what is kept differs from what it is kept of: nothing, or `rebuild_…` is needed.
create view dlqtop.drift as
select 'lifecycle' as kept, coalesce(k.named_task_uuid, d.named_task_uuid)::text as subject,
       case when k.named_task_uuid is null then 'missing'
            when d.named_task_uuid is null then 'left over' else 'differs' end as problem
from dlqtop.lifecycles k
full join dlqtop.lifecycle_definition d using (named_task_uuid)
where (k.*)::text is distinct from (d.*)::text
union all
select 'deadline', coalesce(k.task_uuid, d.task_uuid)::text,
       case when k.task_uuid is null then 'missing'
            when d.task_uuid is null then 'left over' else 'differs' end
from dlqtop.deadlines k
full join dlqtop.deadline_definition d using (task_uuid)
where k.named_task_uuid is distinct from d.named_task_uuid
   or k.state is distinct from d.state
   or k.since is distinct from d.since
   or k.created is distinct from d.created
   or k.warns_at is distinct from d.warns_at
   or k.breaches_at is distinct from d.breaches_at
   or k.expires_at is distinct from d.expires_at
   or k.taken is distinct from d.taken
   -- what was dated ahead when it was written may have been caught up with since
   or (d.ahead and not k.ahead)
union all
select 'tally',
       concat_ws(' ', named_task_uuid, dlq_reason, resolution_status),
       format('%s kept, %s counted', coalesce(k.entries, 0), coalesce(d.entries, 0))
from (
    select named_task_uuid, dlq_reason, resolution_status, sum(entries)::bigint as entries
    from dlqtop.tallies group by 1, 2, 3
) k
full join dlqtop.tally_definition d using (named_task_uuid, dlq_reason, resolution_status)
where coalesce(k.entries, 0) <> coalesce(d.entries, 0);
