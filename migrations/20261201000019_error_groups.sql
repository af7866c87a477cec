-- The groups of the whole queue: how many open entries fail alike, counted as entries come and go, so that a
-- group of any size shows at once in a queue of any length.
--
-- What two errors have in common, their fingerprint, is worked out by the program. The database notes which
-- entries somebody has to look at again; whoever may write takes those from the newest on and stores what it
-- found (`dlqtop.store_fingerprints`). Nobody else writes what is counted, so that workers and operators wait
-- for nobody: all they do here is to add rows of their own.

-- The rules by which the stored fingerprints were made, in one row. Who stores holds it.
create table dlqtop.fingerprint_rules (
    only_one  boolean primary key default true,
    -- grows with the program; an older program does not replace what a newer one has stored
    algorithm int not null default 0,
    -- everything that decides what comes out; other rules make everything unread
    rules     text not null default '',
    -- how many entries have a fingerprint
    entries   bigint not null default 0,
    constraint one_row check (only_one)
);
insert into dlqtop.fingerprint_rules default values;

create table dlqtop.error_groups (
    group_id        bigint generated always as identity primary key,
    rules           text not null,
    named_task_uuid uuid not null,
    -- the step that needs an operator; empty if none does
    step_name       text not null,
    dlq_reason      public.dlq_reason not null,
    fingerprint     text not null,
    entries         bigint not null default 0,
    constraint fingerprint_fits check (length(fingerprint) <= 1000)
);
-- Digests, because a text can be too long for an index.
create unique index error_group_is_unique on dlqtop.error_groups
    (named_task_uuid, dlq_reason, md5(rules), md5(step_name), md5(fingerprint));
create index error_groups_by_size on dlqtop.error_groups (entries);
create index error_groups_without_entries on dlqtop.error_groups (group_id) where entries = 0;

-- The group of each entry, as it was when somebody last looked.
create table dlqtop.entry_errors (
    entry     uuid primary key,
    group_id  bigint not null,
    opened_at timestamptz not null
);
create index entry_errors_by_group on dlqtop.entry_errors (group_id, opened_at, entry);

-- Entries that were opened or closed, or whose steps have moved, since somebody last looked: an entry may stand
-- here several times.
create table dlqtop.error_changes (
    change bigint generated always as identity primary key,
    entry  uuid not null
);
alter table dlqtop.error_changes set (autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_scale_factor = 0);

create function dlqtop.new_entries_are_unread() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    insert into dlqtop.error_changes (entry)
    select n.dlq_entry_uuid from new_entries n where n.resolution_status = 'pending';
    return null;
end
$$;
create trigger errors_follow_new after insert on public.tasker_tasks_dlq
    referencing new table as new_entries
    for each statement execute function dlqtop.new_entries_are_unread();

create function dlqtop.changed_entries_are_unread() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    insert into dlqtop.error_changes (entry)
    select n.dlq_entry_uuid
    from new_entries n
    join old_entries o using (dlq_entry_uuid)
    where 'pending' in (o.resolution_status, n.resolution_status)
      and (o.resolution_status, o.dlq_reason, o.dlq_timestamp, o.task_uuid)
          is distinct from (n.resolution_status, n.dlq_reason, n.dlq_timestamp, n.task_uuid);
    return null;
end
$$;
create trigger errors_follow_changed after update on public.tasker_tasks_dlq
    referencing old table as old_entries new table as new_entries
    for each statement execute function dlqtop.changed_entries_are_unread();

create function dlqtop.gone_entries_are_unread() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    insert into dlqtop.error_changes (entry)
    select o.dlq_entry_uuid from old_entries o where o.resolution_status = 'pending';
    return null;
end
$$;
create trigger errors_follow_gone after delete on public.tasker_tasks_dlq
    referencing old table as old_entries
    for each statement execute function dlqtop.gone_entries_are_unread();

create function dlqtop.no_entries_no_errors() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    truncate dlqtop.error_changes, dlqtop.entry_errors, dlqtop.error_groups;
    update dlqtop.fingerprint_rules set entries = 0;
    return null;
end
$$;
create trigger errors_go after truncate on public.tasker_tasks_dlq
    for each statement execute function dlqtop.no_entries_no_errors();

-- When a task gets another template, its entry belongs to another group.
create function dlqtop.moved_task_is_unread() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    insert into dlqtop.error_changes (entry)
    select d.dlq_entry_uuid from public.tasker_tasks_dlq d
    where d.task_uuid = new.task_uuid and d.resolution_status = 'pending';
    return null;
end
$$;
create trigger errors_follow_task after update of named_task_uuid on public.tasker_tasks
    for each row when (old.named_task_uuid <> new.named_task_uuid)
    execute function dlqtop.moved_task_is_unread();

-- A step that moves can be another one than before that needs an operator. The first state of a step is
-- that of a task that nobody has begun.
create function dlqtop.moved_step_is_unread() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    insert into dlqtop.error_changes (entry)
    select d.dlq_entry_uuid
    from public.tasker_workflow_steps s
    join public.tasker_tasks_dlq d on d.task_uuid = s.task_uuid and d.resolution_status = 'pending'
    where s.workflow_step_uuid = new.workflow_step_uuid;
    return null;
end
$$;
create trigger errors_follow_steps after insert on public.tasker_workflow_step_transitions
    for each row when (new.from_state is not null)
    execute function dlqtop.moved_step_is_unread();
create trigger errors_follow_text after update of last_error on public.tasker_workflow_steps
    for each row when (old.last_error is distinct from new.last_error)
    execute function dlqtop.moved_step_is_unread();

-- What there is until now.
insert into dlqtop.error_changes (entry)
select dlq_entry_uuid from public.tasker_tasks_dlq
where resolution_status = 'pending'
order by dlq_timestamp, dlq_entry_uuid;

-- The open entries with what makes their group, and nothing else: a scan of them is cheap. The step is the first
-- of v_open_steps, read step by step, so that the planner has no other way than by index even in tables of which
-- it knows nothing yet.
create view public.v_open_errors as
select
    d.dlq_entry_uuid,
    d.dlq_timestamp,
    d.dlq_reason,
    t.named_task_uuid,
    ns.name as namespace_name,
    nt.name as task_name,
    step.step_name,
    dlqtop.error_text(step.last_error) as current_error
from public.tasker_tasks_dlq d
join public.tasker_tasks t using (task_uuid)
join public.tasker_named_tasks nt using (named_task_uuid)
join public.tasker_task_namespaces ns using (task_namespace_uuid)
left join lateral (
    select s.step_name, s.last_error
    from (
        select s.*, (
            select st.to_state from public.tasker_workflow_step_transitions st
            where st.workflow_step_uuid = s.workflow_step_uuid and st.most_recent) as state
        from public.tasker_workflow_steps s
        where s.task_uuid = d.task_uuid
        offset 0
    ) s
    where s.state not in ('complete', 'resolved_manually', 'cancelled')
    order by array_position(array['error', 'waiting_for_retry', 'in_progress', 'enqueued', 'pending'], s.state),
             s.step_number, s.workflow_step_uuid
    limit 1
) step on true
where d.resolution_status = 'pending';

-- How far the store is: the rules it has, how many entries, and whether entries are unread (up to 1,001).
create view public.v_error_store as
select r.algorithm, r.rules, r.entries,
       (select count(*) from (select from dlqtop.error_changes limit 1001) c) as changes,
       exists (select from dlqtop.error_groups g where g.rules <> r.rules and g.entries > 0) as outdated
from dlqtop.fingerprint_rules r;

-- The groups, without the time when each was first and last seen, which costs a search a group.
create view public.v_error_groups as
select
    g.group_id, g.rules, ns.name as namespace_name, nt.name as task_name, g.step_name, g.dlq_reason,
    g.fingerprint, g.entries,
    (select min(e.opened_at) from dlqtop.entry_errors e where e.group_id = g.group_id) as first_seen,
    (select max(e.opened_at) from dlqtop.entry_errors e where e.group_id = g.group_id) as last_seen
from dlqtop.error_groups g
join public.tasker_named_tasks nt using (named_task_uuid)
join public.tasker_task_namespaces ns using (task_namespace_uuid)
where g.entries > 0;

-- The entries of each group.
create view public.v_entry_errors as
select entry as dlq_entry_uuid, group_id, opened_at from dlqtop.entry_errors;

-- Entries to look at, the newest change first: with the group in which they are counted, and what they are
-- now; without a reason if they are no longer open. After those that have changed, some whose fingerprint was
-- made by other rules than these.
create function dlqtop.unread_errors(p_rules text, p_limit int)
returns table (
    entry uuid, changes bigint[], counted_in bigint, namespace_name text, task_name text, step_name text,
    dlq_reason text, current_error text, opened_at timestamptz)
language sql stable security definer
set search_path = pg_catalog, pg_temp
as $$
    with changed as materialized (
        select c.entry, c.change from dlqtop.error_changes c order by c.change desc limit p_limit
    ),
    outdated as materialized (
        select e.entry
        from (
            select g.group_id from dlqtop.error_groups g
            where g.rules <> p_rules and g.entries > 0
            order by g.group_id desc
            limit 20
        ) g
        cross join lateral (
            select e.entry from dlqtop.entry_errors e
            where e.group_id = g.group_id
            order by e.opened_at desc
            limit p_limit
        ) e
        limit p_limit
    ),
    unread as materialized (
        select u.entry, array_agg(u.change) filter (where u.change is not null) as changes,
               max(u.change) as newest
        from (
            select entry, change from changed
            union all
            select entry, null from outdated
        ) u
        group by u.entry
        order by newest desc nulls last
        limit p_limit
    )
    select u.entry, coalesce(u.changes, '{}'), k.group_id, o.namespace_name, o.task_name, o.step_name,
           o.dlq_reason::text, o.current_error, o.dlq_timestamp
    from unread u
    -- one by one: by index, whatever the planner expects
    left join lateral (
        select * from public.v_open_errors o where o.dlq_entry_uuid = u.entry offset 0) o on true
    left join dlqtop.entry_errors k on k.entry = u.entry
    order by u.newest desc nulls last
$$;

-- Stores fingerprints of entries that `unread_errors` named, without one (null) if an entry was no longer
-- open, and forgets the changes that were looked at; what has changed since is named again. One session
-- stores at a time. Returns how many entries have one now that had none or another, or -1 if somebody
-- else is storing, or has stored by the rules of a newer program.
create function dlqtop.store_fingerprints(
    p_algorithm int, p_rules text, p_changes bigint[], p_entries uuid[], p_fingerprints text[])
returns int
language plpgsql security definer
set jit = off
set search_path = pg_catalog, pg_temp
as $$
declare
    held   dlqtop.fingerprint_rules;
    stored int;
    net    bigint;
begin
    -- In this order: a truncation holds the entries, and empties what is stored.
    lock table public.tasker_tasks_dlq in access share mode;
    select * into held from dlqtop.fingerprint_rules
    where algorithm <= p_algorithm for no key update skip locked;
    if not found then
        return -1;
    end if;
    insert into dlqtop.error_groups (rules, named_task_uuid, step_name, dlq_reason, fingerprint)
    select distinct p_rules, o.named_task_uuid, coalesce(o.step_name, ''), o.dlq_reason, i.fingerprint
    from unnest(p_entries, p_fingerprints) as i (entry, fingerprint)
    cross join lateral (
        select * from public.v_open_errors o where o.dlq_entry_uuid = i.entry offset 0) o
    where i.fingerprint is not null
    on conflict do nothing;
    with input as (
        select i.entry, i.fingerprint from unnest(p_entries, p_fingerprints) as i (entry, fingerprint)
    ),
    found as materialized (
        select i.entry, g.group_id, o.dlq_timestamp as opened_at
        from input i
        cross join lateral (
            select * from public.v_open_errors o where o.dlq_entry_uuid = i.entry offset 0) o
        join dlqtop.error_groups g
            on g.named_task_uuid = o.named_task_uuid and g.dlq_reason = o.dlq_reason
            and md5(g.rules) = md5(p_rules) and md5(g.step_name) = md5(coalesce(o.step_name, ''))
            and md5(g.fingerprint) = md5(i.fingerprint)
    ),
    before as materialized (
        select e.entry, e.group_id, e.opened_at
        from input i
        join dlqtop.entry_errors e using (entry)
    ),
    closed as (
        delete from dlqtop.entry_errors e using input i
        where e.entry = i.entry and not exists (
            select from public.tasker_tasks_dlq d
            where d.dlq_entry_uuid = i.entry and d.resolution_status = 'pending')
        returning e.entry, e.group_id
    ),
    written as (
        insert into dlqtop.entry_errors as e (entry, group_id, opened_at)
        select f.entry, f.group_id, f.opened_at from found f
        left join before b using (entry)
        where (b.group_id, b.opened_at) is distinct from (f.group_id, f.opened_at)
        on conflict (entry) do update set group_id = excluded.group_id, opened_at = excluded.opened_at
        returning e.entry, e.group_id
    ),
    differences as materialized (
        select d.group_id, sum(d.n) as n
        from (
            select group_id, 1 as n from written
            union all
            select b.group_id, -1 from before b join written using (entry)
            union all
            select group_id, -1 from closed
        ) d
        group by d.group_id
        having sum(d.n) <> 0
    ),
    counted as (
        update dlqtop.error_groups g set entries = g.entries + d.n
        from differences d
        where d.group_id = g.group_id
    )
    select (select count(*) from written), coalesce(sum(d.n), 0) into stored, net from differences d;
    update dlqtop.fingerprint_rules
    set algorithm = p_algorithm, rules = p_rules, entries = held.entries + net;
    delete from dlqtop.error_groups where entries = 0;
    delete from dlqtop.error_changes where change = any (p_changes);
    return stored;
end
$$;

-- Only the owner, and those to whom it is granted, may call these.
revoke execute on function
    dlqtop.new_entries_are_unread(), dlqtop.changed_entries_are_unread(), dlqtop.gone_entries_are_unread(),
    dlqtop.no_entries_no_errors(), dlqtop.moved_task_is_unread(), dlqtop.moved_step_is_unread(),
    dlqtop.unread_errors(text, int),
    dlqtop.store_fingerprints(int, text, bigint[], uuid[], text[])
from public;
