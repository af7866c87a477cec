-- Retention. Each policy keeps its tasks as long as `dlqtop.settings` says, and whole tasks move: the
-- task, its steps with their edges, every transition, and its closed investigations.

-- The oldest tasks that have ended are found without reading the others.
create index tasks_by_end
    on tasker_tasks (complete, completed_at, task_uuid) where completed_at is not null;

-- The policies with their retention; null keeps for ever.
create function dlqtop.archive_policies()
returns table (policy text, retention_days float8)
language sql stable
as $$
    select p.policy, p.retention_days
    from dlqtop.settings s
    cross join lateral (values
        (1, 'completed', s.archive_completed_days),
        (2, 'failed', s.archive_failed_days),
        (3, 'cancelled', s.archive_cancelled_days)) p (n, policy, retention_days)
    order by p.n
$$;

-- The tasks of one policy that ended before `p_before`, oldest first, after the given one. A task
-- stays while an investigation of it is pending, or was closed at `p_entries_before` or later.
-- With `p_lock` they are locked, and those that somebody else holds are left out; with `p_among`
-- only those tasks are looked at.
create function dlqtop.archivable(
    p_policy text, p_before timestamptz, p_entries_before timestamptz,
    p_after timestamptz, p_after_task uuid, p_limit int, p_lock boolean,
    p_among uuid[] default null)
returns table (task_uuid uuid, ended_at timestamptz)
language plpgsql
as $$
declare
    ended constant text := case p_policy
        when 'failed' then 'tr.created_at' else 't.completed_at' end;
    belongs constant text := case p_policy
        when 'completed' then 't.complete and tr.to_state in (''complete'', ''resolved_manually'')'
        when 'cancelled' then 'not t.complete and tr.to_state = ''cancelled'''
        when 'failed' then 'tr.to_state = ''error'''
    end;
    -- Of given tasks each is looked up, however the planner would rather find them.
    source constant text := case when p_among is null then 'tasker_tasks t' else
        'unnest($6) a (task_uuid) cross join lateral (
             select * from tasker_tasks o where o.task_uuid = a.task_uuid offset 0) t' end;
begin
    if belongs is null then
        raise exception 'the policies are completed, failed and cancelled, not %', p_policy
            using errcode = 'invalid_parameter_value';
    end if;
    -- Not prepared: each policy has its index, and the planner is to see the instants.
    return query execute format(
        'select t.task_uuid, %1$s
         from %3$s
         join tasker_task_transitions tr on tr.task_uuid = t.task_uuid and tr.most_recent
         where %2$s and %1$s < $1 and (%1$s, t.task_uuid) > ($3, $4)
           and not exists (
               select from tasker_tasks_dlq d
               where d.task_uuid = t.task_uuid
                 and (d.resolution_status = ''pending'' or d.resolution_timestamp >= $2))
         order by %1$s, t.task_uuid
         limit $5
         %4$s',
        ended, belongs, source,
        case when p_lock then 'for update of t skip locked' end)
    using p_before, p_entries_before, p_after, p_after_task, p_limit, p_among;
end
$$;

-- How many rows moved, or would.
create type dlqtop.archived as (
    tasks bigint, steps bigint, transitions bigint, step_transitions bigint, entries bigint
);

create function dlqtop.count_archivable(p_tasks uuid[]) returns dlqtop.archived
language sql stable
as $$
    select (
        cardinality(p_tasks),
        (select count(*) from tasker_workflow_steps s where s.task_uuid = any (p_tasks)),
        (select count(*) from tasker_task_transitions tr where tr.task_uuid = any (p_tasks)),
        (select count(*)
         from tasker_workflow_steps s
         join tasker_workflow_step_transitions st using (workflow_step_uuid)
         where s.task_uuid = any (p_tasks)),
        (select count(*) from tasker_tasks_dlq d where d.task_uuid = any (p_tasks))
    )::dlqtop.archived
$$;

-- Moves tasks whose rows, and whose entries' rows, the caller has locked.
create function dlqtop.move_to_archive(p_tasks uuid[]) returns dlqtop.archived
language plpgsql
as $$
declare
    moved dlqtop.archived;
begin
    with gone as (
        delete from tasker_tasks_dlq d where d.task_uuid = any (p_tasks) returning d.*
    ),
    claims as (
        delete from dlqtop.claims c using gone g where c.entry = g.dlq_entry_uuid
    ),
    snoozes as (
        delete from dlqtop.snoozes z using gone g where z.entry = g.dlq_entry_uuid
    )
    insert into tasker_tasks_dlq_archive select g.*, now() from gone g;
    get diagnostics moved.entries = row_count;

    with gone as (
        delete from tasker_workflow_step_transitions st
        using tasker_workflow_steps s
        where s.task_uuid = any (p_tasks) and st.workflow_step_uuid = s.workflow_step_uuid
        returning st.*
    )
    insert into tasker_workflow_step_transitions_archive select g.*, now() from gone g;
    get diagnostics moved.step_transitions = row_count;

    with gone as (
        delete from tasker_task_transitions tr where tr.task_uuid = any (p_tasks) returning tr.*
    )
    insert into tasker_task_transitions_archive select g.*, now() from gone g;
    get diagnostics moved.transitions = row_count;

    -- The edges are read as they were before this statement, and go with the steps.
    with gone as (
        delete from tasker_workflow_steps s where s.task_uuid = any (p_tasks) returning s.*
    )
    insert into tasker_workflow_steps_archive
    select g.*, now(),
           array(select e.parent_step_uuid from tasker_workflow_step_edges e
                 where e.child_step_uuid = g.workflow_step_uuid order by 1)
    from gone g;
    get diagnostics moved.steps = row_count;

    with gone as (
        delete from tasker_tasks t where t.task_uuid = any (p_tasks) returning t.*
    )
    insert into tasker_tasks_archive select g.*, now() from gone g;
    get diagnostics moved.tasks = row_count;
    return moved;
end
$$;

-- Old hours become days, so that the tallies do not grow for as long as anybody archives.
create function dlqtop.fold_archive_tallies() returns void
language plpgsql security definer set search_path = pg_catalog, dlqtop, pg_temp
as $$
begin
    if not pg_try_advisory_xact_lock(hashtextextended('dlqtop.archive_tallies', 0)) then
        return;
    end if;
    with old as (
        delete from archive_tallies
        -- the last week is shown by the hour
        where hour < day_of(now()) - interval '8 days'
          and (shard <> 0 or hour <> day_of(hour))
        returning *
    )
    insert into archive_tallies as t (archive_table, hour, shard, row_count, oldest, newest)
    select archive_table, day_of(hour), 0, sum(row_count), min(oldest), max(newest)
    from old group by 1, 2 order by 1, 2
    on conflict (archive_table, hour, shard) do update
    set row_count = t.row_count + excluded.row_count,
        oldest = least(t.oldest, excluded.oldest),
        newest = greatest(t.newest, excluded.newest);
end
$$;

-- One batch: at most `p_batch_size` tasks of the policy, in the caller's transaction, after the given
-- one. `examined` tells a batch that was full, after which there may be more, from the last one;
-- the next goes on after (`last_ended_at`, `last_task`).
create function dlqtop.archive_some(
    p_policy text, p_before timestamptz, p_entries_before timestamptz, p_batch_size int,
    p_dry_run boolean, p_after timestamptz, p_after_task uuid,
    out moved dlqtop.archived, out examined int, out last_ended_at timestamptz, out last_task uuid)
language plpgsql
as $$
declare
    chosen  uuid[];
    instants timestamptz[];
begin
    select array_agg(a.task_uuid order by a.ended_at, a.task_uuid),
           array_agg(a.ended_at order by a.ended_at, a.task_uuid)
    into chosen, instants
    from dlqtop.archivable(
        p_policy, p_before, p_entries_before, p_after, p_after_task, p_batch_size,
        not p_dry_run) a;
    chosen := coalesce(chosen, '{}');
    examined := cardinality(chosen);
    last_task := chosen[examined];
    last_ended_at := instants[examined];
    if p_dry_run then
        moved := dlqtop.count_archivable(chosen);
        return;
    end if;
    -- The locks are held now. What was committed before that is seen by a statement of its own: ask
    -- again which of them may go. Who opens an entry or writes a transition locks the task first;
    -- who only changes an entry locks that, so the entries are locked as well.
    with held as materialized (
        select d.dlq_entry_uuid from tasker_tasks_dlq d
        where d.task_uuid = any (chosen)
        for update skip locked
    )
    select coalesce(array_agg(a.task_uuid), '{}') into chosen
    from dlqtop.archivable(
        p_policy, p_before, p_entries_before, p_after, p_after_task, p_batch_size, false, chosen) a
    where not exists (
        select from tasker_tasks_dlq d
        where d.task_uuid = a.task_uuid and d.task_uuid = any (chosen)
          and not exists (select from held h where h.dlq_entry_uuid = d.dlq_entry_uuid));
    if chosen = '{}' then
        moved := (0, 0, 0, 0, 0)::dlqtop.archived;
    else
        perform dlqtop.ensure_archive_partitions(now());
        -- before it is needed
        perform dlqtop.ensure_archive_partitions(now() + interval '1 month');
        moved := dlqtop.move_to_archive(chosen);
    end if;
    if examined < p_batch_size then
        perform dlqtop.fold_archive_tallies();
    end if;
end
$$;

-- One batch of one policy by the settings in force; what it moved, or in a dry run would. Goes on
-- after the given task, so that a run reads what must stay only once.
create function dlqtop.archive_policy_batch(
    p_policy text, p_batch_size int default null, p_dry_run boolean default true,
    p_after timestamptz default null, p_after_task uuid default null,
    out policy text, out tasks bigint, out steps bigint, out transitions bigint,
    out step_transitions bigint, out entries bigint, out more boolean,
    out last_ended_at timestamptz, out last_task uuid)
language plpgsql
as $$
declare
    conf dlqtop.settings;
    days constant float8 := (
        select p.retention_days from dlqtop.archive_policies() p where p.policy = p_policy);
    size int;
    done record;
begin
    select * into conf from dlqtop.settings;
    size := coalesce(p_batch_size, conf.archive_batch_size);
    select * into done
    from dlqtop.archive_some(
        p_policy,
        coalesce(now() - days * interval '1 day', '-infinity'),
        coalesce(now() - conf.archive_resolved_entries_days * interval '1 day', '-infinity'),
        size, p_dry_run,
        coalesce(p_after, '-infinity'),
        coalesce(p_after_task, '00000000-0000-0000-0000-000000000000'));
    policy := p_policy;
    tasks := (done.moved).tasks;
    steps := (done.moved).steps;
    transitions := (done.moved).transitions;
    step_transitions := (done.moved).step_transitions;
    entries := (done.moved).entries;
    more := done.examined = size;
    last_ended_at := done.last_ended_at;
    last_task := done.last_task;
end
$$;

-- For a scheduler in the database: one batch over all policies, a row for each. Call it again while
-- any row says that there is more.
create function archive_batch(p_batch_size int default null, p_dry_run boolean default true)
returns table (
    policy text, tasks bigint, steps bigint, transitions bigint, step_transitions bigint,
    entries bigint, more boolean)
language plpgsql
as $$
declare
    room int := coalesce(p_batch_size, (select archive_batch_size from dlqtop.settings));
    one record;
begin
    for policy in select p.policy from dlqtop.archive_policies() p loop
        if room > 0 then
            select * into one
            from dlqtop.archive_policy_batch(policy, room, p_dry_run);
            tasks := one.tasks;
            steps := one.steps;
            transitions := one.transitions;
            step_transitions := one.step_transitions;
            entries := one.entries;
            more := one.more;
            room := room - one.tasks;
        else
            select 0, 0, 0, 0, 0, b.tasks > 0
            into tasks, steps, transitions, step_transitions, entries, more
            from dlqtop.archive_policy_batch(policy, 1, true) b;
        end if;
        return next;
    end loop;
end
$$;

-- As before: what has ended, by one retention given here, however young its closed entries.
create or replace function archive_completed_tasks(
    p_retention_days float8 default 30, p_batch_size int default 1000,
    p_dry_run boolean default true)
returns int
language plpgsql
as $$
declare
    ended text;
    total int := 0;
    done record;
begin
    foreach ended in array array['completed', 'cancelled'] loop
        select * into done
        from dlqtop.archive_some(
            ended, now() - p_retention_days * interval '1 day', 'infinity',
            p_batch_size - total, p_dry_run,
            '-infinity', '00000000-0000-0000-0000-000000000000');
        total := total + (done.moved).tasks;
    end loop;
    return total;
end
$$;
drop function archivable_tasks(float8, int);

-- Drops the partitions of months that ended more than `p_months` months ago, and says which, with
-- their rows. What has gone is gone: keep a dump, or detach a partition by hand to move it.
create function dlqtop.drop_archive_partitions(p_months int, p_dry_run boolean default true)
returns table (partition_name text, row_count bigint)
language plpgsql
as $$
declare
    old record;
    until timestamptz;
begin
    if p_months is null or p_months < 1 then
        raise exception 'at least one whole month of the archive stays'
            using errcode = 'invalid_parameter_value';
    end if;
    for old in
        select a.archive_table, c.oid::regclass as leaf, c.relname,
               to_date(right(c.relname, 7), 'YYYY_MM')::timestamp as month
        from dlqtop.archive_tables a
        join pg_inherits i on i.inhparent = a.relation
        join pg_class c on c.oid = i.inhrelid
        where c.relname ~ '_[0-9]{4}_[0-9]{2}$'
          and to_date(right(c.relname, 7), 'YYYY_MM') + p_months * interval '1 month'
              < date_trunc('month', now() at time zone 'UTC')
        order by c.relname
    loop
        until := (old.month + interval '1 month') at time zone 'UTC';
        partition_name := old.relname;
        select coalesce(sum(t.row_count), 0) into row_count
        from dlqtop.archive_tallies t
        where t.archive_table = old.archive_table
          and t.hour >= old.month at time zone 'UTC' and t.hour < until;
        if not p_dry_run then
            execute format('drop table %s', old.leaf);
            delete from dlqtop.archive_tallies t
            where t.archive_table = old.archive_table
              and t.hour >= old.month at time zone 'UTC' and t.hour < until;
        end if;
        return next;
    end loop;
end
$$;

revoke execute on function
    dlqtop.archivable(
        text, timestamptz, timestamptz, timestamptz, uuid, int, boolean, uuid[]),
    dlqtop.move_to_archive(uuid[]),
    dlqtop.fold_archive_tallies(),
    dlqtop.archive_some(text, timestamptz, timestamptz, int, boolean, timestamptz, uuid),
    dlqtop.archive_policy_batch(text, int, boolean, timestamptz, uuid),
    archive_batch(int, boolean),
    dlqtop.drop_archive_partitions(int, boolean)
from public;
