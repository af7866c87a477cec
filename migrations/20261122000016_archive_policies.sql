-- Retention: each policy keeps its tasks for as long as `dlqtop.settings` says. Whole tasks move: the task,
-- its steps with their edges, all transitions, and its closed entries.

-- The policies with their retention; null keeps for ever.
create function dlqtop.archive_policies()
returns table (policy text, retention_days float8)
language sql stable security definer
set search_path = pg_catalog, pg_temp
as $$
    select p.policy, p.retention_days
    from dlqtop.settings s
    cross join lateral (values
        (1, 'completed', s.archive_completed_days),
        (2, 'failed', s.archive_failed_days),
        (3, 'cancelled', s.archive_cancelled_days)) p (n, policy, retention_days)
    order by p.n
$$;

-- The tasks of one policy that ended before `p_before`, oldest first, after the given one. A task stays
-- while one of its entries is pending, or was closed at `p_entries_before` or later. With `p_lock` they are
-- locked, without those that another session has locked; with `p_among` only those tasks are considered.
create function dlqtop.archivable(
    p_policy text, p_before timestamptz, p_entries_before timestamptz,
    p_after timestamptz, p_after_task uuid, p_limit int, p_lock boolean,
    p_among uuid[] default null)
returns table (task_uuid uuid, ended_at timestamptz)
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    ended constant text := case p_policy
        when 'failed' then 'tr.created_at' else 't.completed_at' end;
    belongs constant text := case p_policy
        when 'completed' then 't.complete and tr.to_state in (''complete'', ''resolved_manually'')'
        when 'cancelled' then 'not t.complete and tr.to_state = ''cancelled'''
        when 'failed' then 'tr.to_state = ''error'''
    end;
    -- Given tasks are looked up one by one, whatever the planner would prefer.
    source constant text := case when p_among is null then 'public.tasker_tasks t' else
        'unnest($6) a (task_uuid) cross join lateral (
             select * from public.tasker_tasks o where o.task_uuid = a.task_uuid offset 0) t' end;
begin
    if belongs is null then
        raise exception 'the policies are completed, failed and cancelled, not %', p_policy
            using errcode = 'invalid_parameter_value';
    end if;
    -- Not prepared: each policy has its index, and the planner needs to see the instants.
    return query execute format(
        'select t.task_uuid, %1$s
         from %3$s
         join public.tasker_task_transitions tr on tr.task_uuid = t.task_uuid and tr.most_recent
         where %2$s and %1$s < $1 and (%1$s, t.task_uuid) > ($3, $4)
           and not exists (
               select from public.tasker_tasks_dlq d
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

-- How many rows moved, or would move.
create type dlqtop.archived as (
    tasks bigint, steps bigint, transitions bigint, step_transitions bigint, entries bigint
);

create function dlqtop.count_archivable(p_tasks uuid[]) returns dlqtop.archived
language sql stable
begin atomic
    select (
        cardinality(p_tasks),
        (select count(*) from public.tasker_workflow_steps s where s.task_uuid = any (p_tasks)),
        (select count(*) from public.tasker_task_transitions tr where tr.task_uuid = any (p_tasks)),
        (select count(*)
         from public.tasker_workflow_steps s
         join public.tasker_workflow_step_transitions st using (workflow_step_uuid)
         where s.task_uuid = any (p_tasks)),
        (select count(*) from public.tasker_tasks_dlq d where d.task_uuid = any (p_tasks))
    )::dlqtop.archived;
end;

-- Locks the steps and the entries of tasks that the caller has locked; nobody can add any by then. Returns the
-- tasks of which another session has locked a part: they stay for the next batch. A transition that is being
-- written holds its step, and changing an entry locks only that.
create function dlqtop.lock_for_archive(p_tasks uuid[]) returns uuid[]
language sql
begin atomic
    with steps as materialized (
        select s.workflow_step_uuid from public.tasker_workflow_steps s
        where s.task_uuid = any (p_tasks)
        for update skip locked
    ),
    entries as materialized (
        select d.dlq_entry_uuid from public.tasker_tasks_dlq d
        where d.task_uuid = any (p_tasks)
        for update skip locked
    )
    select array(
        select s.task_uuid from public.tasker_workflow_steps s
        where s.task_uuid = any (p_tasks)
          and not exists (select from steps h where h.workflow_step_uuid = s.workflow_step_uuid)
        union
        select d.task_uuid from public.tasker_tasks_dlq d
        where d.task_uuid = any (p_tasks)
          and not exists (select from entries h where h.dlq_entry_uuid = d.dlq_entry_uuid));
end;

-- Moves tasks to the archive. The caller has locked their rows, their steps and their entries.
create function dlqtop.move_to_archive(p_tasks uuid[]) returns dlqtop.archived
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    moved dlqtop.archived;
begin
    with gone as (
        delete from public.tasker_tasks_dlq d where d.task_uuid = any (p_tasks) returning d.*
    ),
    claims as (
        delete from dlqtop.claims c using gone g where c.entry = g.dlq_entry_uuid
    ),
    snoozes as (
        delete from dlqtop.snoozes z using gone g where z.entry = g.dlq_entry_uuid
    )
    insert into public.tasker_tasks_dlq_archive select g.*, now() from gone g;
    get diagnostics moved.entries = row_count;

    with gone as (
        delete from public.tasker_workflow_step_transitions st
        using public.tasker_workflow_steps s
        where s.task_uuid = any (p_tasks) and st.workflow_step_uuid = s.workflow_step_uuid
        returning st.*
    )
    insert into public.tasker_workflow_step_transitions_archive select g.*, now() from gone g;
    get diagnostics moved.step_transitions = row_count;

    with gone as (
        delete from public.tasker_task_transitions tr where tr.task_uuid = any (p_tasks) returning tr.*
    )
    insert into public.tasker_task_transitions_archive select g.*, now() from gone g;
    get diagnostics moved.transitions = row_count;

    -- The statement still sees the edges that its delete removes.
    with gone as (
        delete from public.tasker_workflow_steps s where s.task_uuid = any (p_tasks) returning s.*
    )
    insert into public.tasker_workflow_steps_archive
    select g.*, now(),
           array(select e.parent_step_uuid from public.tasker_workflow_step_edges e
                 where e.child_step_uuid = g.workflow_step_uuid order by 1)
    from gone g;
    get diagnostics moved.steps = row_count;

    with gone as (
        delete from public.tasker_tasks t where t.task_uuid = any (p_tasks) returning t.*
    )
    insert into public.tasker_tasks_archive select g.*, now() from gone g;
    get diagnostics moved.tasks = row_count;
    return moved;
end
$$;

-- One batch: at most `p_batch_size` tasks of the policy, after the given one, in the caller's transaction.
-- There may be more if `examined` is the batch size; the next batch goes on after (`last_ended_at`,
-- `last_task`).
create function dlqtop.archive_some(
    p_policy text, p_before timestamptz, p_entries_before timestamptz, p_batch_size int,
    p_dry_run boolean, p_after timestamptz, p_after_task uuid,
    out moved dlqtop.archived, out examined int, out last_ended_at timestamptz, out last_task uuid)
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    chosen  uuid[];
    busy    uuid[];
    instants timestamptz[];
begin
    perform dlqtop.wait_briefly();
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
    -- The tasks are locked now. Lock all that moves with them, so that nothing written meanwhile is deleted
    -- unarchived, and check again which of them may go: a new statement sees what was committed before.
    busy := dlqtop.lock_for_archive(chosen);
    chosen := array(
        select a.task_uuid
        from dlqtop.archivable(
            p_policy, p_before, p_entries_before, p_after, p_after_task, p_batch_size, false, chosen) a
        where a.task_uuid <> all (busy));
    if chosen = '{}' then
        moved := (0, 0, 0, 0, 0)::dlqtop.archived;
    else
        perform dlqtop.ensure_archive_partitions(now());
        -- the next month's, before they are needed
        perform dlqtop.ensure_archive_partitions(now() + interval '1 month');
        moved := dlqtop.move_to_archive(chosen);
    end if;
    if examined < p_batch_size then
        perform dlqtop.fold_archive_tallies();
    end if;
end
$$;

-- One batch of one policy by the settings; what it moved or, in a dry run, would move. Goes on after the
-- given task, so that a run reads tasks that stay only once. Security definer, as is archive_batch: who
-- archives needs no right on the tables, and can move nothing that the settings keep.
create function dlqtop.archive_policy_batch(
    p_policy text, p_batch_size int default null, p_dry_run boolean default true,
    p_after timestamptz default null, p_after_task uuid default null,
    out policy text, out tasks bigint, out steps bigint, out transitions bigint,
    out step_transitions bigint, out entries bigint, out more boolean,
    out last_ended_at timestamptz, out last_task uuid)
language plpgsql security definer
set search_path = pg_catalog, pg_temp
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

-- For a scheduler in the database: one batch over all policies, one row for each. Call it again while a row
-- has `more`.
create function dlqtop.archive_batch(p_batch_size int default null, p_dry_run boolean default true)
returns table (
    policy text, tasks bigint, steps bigint, transitions bigint, step_transitions bigint,
    entries bigint, more boolean)
language plpgsql security definer
set search_path = pg_catalog, pg_temp
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

-- Archives tasks that ended more than `p_retention_days` ago (completed and cancelled), however recently
-- their entries were closed; none with a pending entry. Returns how many moved or, in a dry run, would move.
create function public.archive_completed_tasks(
    p_retention_days float8 default 30, p_batch_size int default 1000,
    p_dry_run boolean default true)
returns int
language plpgsql
set search_path = pg_catalog, pg_temp
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

-- Drops the partitions of months that ended more than `p_months` months ago; returns them with their number
-- of rows. This cannot be undone: keep a dump, or detach a partition by hand to move it.
create function dlqtop.drop_archive_partitions(p_months int, p_dry_run boolean default true)
returns table (partition_name text, row_count bigint)
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    archive record;
    old record;
    until timestamptz;
begin
    if p_months is null or p_months < 1 then
        raise exception 'at least one whole month of the archive stays'
            using errcode = 'invalid_parameter_value';
    end if;
    perform dlqtop.wait_briefly();
    -- Dropping a partition locks its archive against everybody.
    for archive in select a.relation from dlqtop.archive_tables a order by a.archive_table loop
        exit when p_dry_run;
        perform dlqtop.lock_table('only ' || archive.relation, 'access exclusive');
    end loop;
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

-- Only the owner, and those to whom it is granted, may call these.
revoke execute on function
    dlqtop.archive_policies(),
    dlqtop.archivable(text, timestamptz, timestamptz, timestamptz, uuid, int, boolean, uuid[]),
    dlqtop.lock_for_archive(uuid[]), dlqtop.move_to_archive(uuid[]),
    dlqtop.archive_some(text, timestamptz, timestamptz, int, boolean, timestamptz, uuid),
    dlqtop.archive_policy_batch(text, int, boolean, timestamptz, uuid),
    dlqtop.archive_batch(int, boolean), public.archive_completed_tasks(float8, int, boolean),
    dlqtop.drop_archive_partitions(int, boolean)
from public;
