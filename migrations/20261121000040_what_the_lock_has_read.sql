-- What a sweep reads of a task when it locks it, it does not read again: not for the snapshot, not to
-- end the present state, not to count the entry, not to say the correlation id. And it asks for circles
-- within the statement that finds who waits, not by a call a task.

-- What is read of a task with its lock: nobody else changes it until the lock goes.
create type dlqtop.held as (
    task_uuid       uuid,
    named_task_uuid uuid,
    created         timestamptz,
    priority        int,
    correlation_id  uuid,
    -- where the row of its present state is, since when, and its place among the task's states
    present         tid,
    since           timestamptz,
    sort_key        int
);
-- A `dlqtop.candidate` that is held.
create type dlqtop.taken as (
    task_uuid       uuid,
    seen_state      text,
    dlq_reason      dlq_reason,
    records         boolean,
    fails           boolean,
    breaches_at     timestamptz,
    minutes         float8,
    named_task_uuid uuid,
    created         timestamptz,
    priority        int,
    correlation_id  uuid,
    present         tid,
    since           timestamptz,
    sort_key        int
);


-- As before, but a circle is looked for without a call unless no step is free.
create or replace function dlqtop.stuck_among(p_tasks uuid[], p_turn bigint) returns setof dlqtop.candidate
language plpgsql stable
as $$
declare
    -- looking for a circle reads a task's steps: no more than this many a sweep
    share  constant bigint := 2000;
    shares bigint;
    silent uuid[];
begin
    -- A step has failed, is out of attempts or was called off, and nothing else can move.
    return query
        select tr.task_uuid, tr.to_state, 'max_retries_exceeded'::dlq_reason, true, true,
               null::timestamptz, minutes_between(tr.created_at, now())
        from tasker_task_transitions tr
        join tasker_tasks t on t.task_uuid = tr.task_uuid
        join dlqtop.lifecycles l on l.named_task_uuid = t.named_task_uuid
        cross join dlqtop.settings conf
        where tr.most_recent and tr.to_state = 'blocked_by_failures'
          and (p_tasks is null or tr.task_uuid = any (p_tasks))
          and conf.reason_max_retries_exceeded
          and l.staleness_action = 'dlq'
          and not age_is_suspect(tr.created_at, t.created_at)
          and not exists (
              select from tasker_tasks_dlq d
              where d.task_uuid = tr.task_uuid and d.resolution_status = 'pending');

    -- A circle cannot untie itself: no need to wait for the threshold.
    select 1 + count(*) / share into shares
    from dlqtop.deadlines
    where state = 'waiting_for_dependencies' and p_tasks is null;
    return query
        select d.task_uuid, d.state, 'dependency_cycle_detected'::dlq_reason, true,
               l.auto_fail_on_timeout, null::timestamptz, minutes_between(d.since, now())
        from dlqtop.deadlines d
        join dlqtop.lifecycles l on l.named_task_uuid = d.named_task_uuid
        cross join dlqtop.settings conf
        where d.state = 'waiting_for_dependencies'
          and (p_tasks is null or d.task_uuid = any (p_tasks))
          and (shares = 1 or mod(abs(hashtext(d.task_uuid::text))::bigint, shares)
                             = mod(p_turn, shares))
          and conf.reason_dependency_cycle_detected
          and deadline_health(d.breaches_at, d.warns_at, d.since, d.created)
              in ('healthy', 'warning')
          and l.staleness_action = 'dlq' and l.auto_dlq_on_timeout
          and not exists (
              select from tasker_tasks_dlq r
              where r.task_uuid = d.task_uuid
                and (r.resolution_status = 'pending'
                     or (r.dlq_reason = 'dependency_cycle_detected'
                         and r.dlq_timestamp >= d.since)))
          -- in this order: walking the edges is dear
          and case
              when exists (select from dlqtop.free_steps f where f.task_uuid = d.task_uuid) then false
              else task_has_step_cycle(d.task_uuid)
          end;

    -- Waiting for workers that are not there. Recorded only: the task goes on when they return.
    silent := dlqtop.silent_namespaces();
    if cardinality(silent) = 0 then
        return;
    end if;
    return query
        select d.task_uuid, d.state, 'worker_unavailable'::dlq_reason, true, false,
               null::timestamptz, minutes_between(d.since, now())
        from dlqtop.deadlines d
        join tasker_named_tasks nt on nt.named_task_uuid = d.named_task_uuid
        join dlqtop.lifecycles l on l.named_task_uuid = d.named_task_uuid
        cross join dlqtop.settings conf
        where d.state = 'steps_in_process'
          and (p_tasks is null or d.task_uuid = any (p_tasks))
          and nt.task_namespace_uuid = any (silent)
          and deadline_health(d.breaches_at, d.warns_at, d.since, d.created)
              in ('healthy', 'warning')
          and l.staleness_action = 'dlq'
          and not exists (
              select from tasker_tasks_dlq r
              where r.task_uuid = d.task_uuid
                and (r.resolution_status = 'pending'
                     or (r.dlq_reason = 'worker_unavailable' and r.dlq_timestamp >= d.since)))
          and exists (
              select from tasker_workflow_steps s
              join tasker_workflow_step_transitions st
                  on st.workflow_step_uuid = s.workflow_step_uuid and st.most_recent
              where s.task_uuid = d.task_uuid and st.to_state = 'enqueued'
                and st.created_at < now() - conf.worker_silence_minutes * interval '1 minute');
end
$$;

-- As before; the settings are read once.
create or replace function dlqtop.stale_among(p_tasks uuid[]) returns setof dlqtop.candidate
language sql stable
as $$
    select
        d.task_uuid,
        d.state,
        case when d.state = 'waiting_for_dependencies' and (select conf.reason_dependency_cycle_detected from dlqtop.settings conf)
                and not exists (select from dlqtop.free_steps f where f.task_uuid = d.task_uuid)
                and task_has_step_cycle(d.task_uuid)
            then 'dependency_cycle_detected' else 'staleness_timeout' end::dlq_reason,
        l.auto_dlq_on_timeout and e.dlq_entry_uuid is null,
        l.auto_fail_on_timeout,
        d.breaches_at,
        minutes_between(d.since, now())
    from unnest(p_tasks) u
    join dlqtop.deadline_definition d on d.task_uuid = u
    join dlqtop.lifecycles l using (named_task_uuid)
    left join tasker_tasks_dlq e
        on e.task_uuid = d.task_uuid and e.resolution_status = 'pending'
    where d.taken
      and deadline_health(d.breaches_at, d.warns_at, d.since, d.created) = 'stale'
      and (l.auto_fail_on_timeout
           or (e.dlq_entry_uuid is null and not exists (
                   select from tasker_tasks_dlq r
                   where r.task_uuid = d.task_uuid
                     and r.dlq_reason = 'staleness_timeout'
                     and r.dlq_timestamp >= d.since)))
$$;

-- Records and fails the given tasks, whose rows the caller has locked. All of them, or, if any
-- one is refused, none: the error goes up.
drop function dlqtop.sweep_apply(dlqtop.candidate[], text);
create function dlqtop.sweep_apply(p_taken dlqtop.taken[], p_instance text)
returns void
language plpgsql
as $$
declare
    found_by constant jsonb := jsonb_build_object('detector', p_instance);
    failed   bigint;
begin
    perform set_config('dlqtop.sweeps', 'on', true);
    insert into tasker_tasks_dlq
        (task_uuid, original_state, dlq_reason, task_snapshot, metadata)
    select c.task_uuid, c.seen_state, c.dlq_reason,
           to_jsonb(row(
               c.task_uuid,
               n.namespace,
               n.name,
               n.version,
               c.seen_state,
               round(coalesce(minutes_between(c.since, now()), 0)::numeric, 1),
               state_threshold(c.seen_state, n.max_waiting_for_dependencies_minutes,
                               n.max_waiting_for_retry_minutes, n.max_steps_in_process_minutes),
               round(coalesce(minutes_between(c.created, now()), 0)::numeric, 1),
               c.priority,
               c.correlation_id,
               now(),
               n.lifecycle,
               array(
                   select row(
                       s.step_name,
                       st.to_state,
                       s.attempts,
                       s.max_attempts,
                       left(s.last_error, 4096),
                       array(
                           select p.step_name
                           from tasker_workflow_step_edges e
                           join tasker_workflow_steps p on p.workflow_step_uuid = e.parent_step_uuid
                           where e.child_step_uuid = s.workflow_step_uuid
                           order by p.step_number, p.step_name))::dlqtop.step_snapshot
                   from tasker_workflow_steps s
                   join tasker_workflow_step_transitions st
                       on st.workflow_step_uuid = s.workflow_step_uuid and st.most_recent
                   where s.task_uuid = c.task_uuid
                   order by s.step_number, s.step_name))::dlqtop.task_snapshot),
           found_by
    from (select * from unnest(p_taken) order by task_uuid) c
    join (
        select nt.named_task_uuid, ns.name as namespace, nt.name, nt.version,
               nt.configuration -> 'lifecycle' as lifecycle, l.max_waiting_for_dependencies_minutes,
               l.max_waiting_for_retry_minutes, l.max_steps_in_process_minutes
        from tasker_named_tasks nt
        join tasker_task_namespaces ns using (task_namespace_uuid)
        join dlqtop.lifecycles l using (named_task_uuid)
    ) n using (named_task_uuid)
    where c.records;
    insert into dlqtop.tallies
    select c.named_task_uuid, c.dlq_reason, 'pending', count(*)
    from unnest(p_taken) c
    where c.records
    group by 1, 2;

    with ended as (
        update tasker_task_transitions tr
        set most_recent = false
        from (select * from unnest(p_taken) order by task_uuid) c
        where c.fails and tr.ctid = c.present and tr.task_uuid = c.task_uuid and tr.most_recent
        returning c.task_uuid, c.seen_state, c.sort_key, c.dlq_reason
    )
    insert into tasker_task_transitions
        (task_uuid, from_state, to_state, most_recent, sort_key, processor, reason)
    select task_uuid, seen_state, 'error', true, sort_key + 1, p_instance, dlq_reason::text
    from ended;
    get diagnostics failed = row_count;
    if failed <> (select count(*) from unnest(p_taken) c where c.fails) then
        raise exception 'only % of the tasks could be failed', failed;
    end if;
    delete from dlqtop.deadlines d
    using (select * from unnest(p_taken) order by task_uuid) c
    where c.fails and d.task_uuid = c.task_uuid;
    perform set_config('dlqtop.sweeps', 'off', true);
end
$$;

-- The sweep counts a whole chunk's entries itself; it has their templates at hand.
drop trigger tallies_count_new on tasker_tasks_dlq;
create trigger tallies_count_new after insert on tasker_tasks_dlq
    referencing new table as new_entries
    for each statement when (current_setting('dlqtop.sweeps', true) is distinct from 'on')
    execute function dlqtop.tally_new();

-- As before, with what was read under the locks.
create or replace function detect_and_transition_stale_tasks(
    p_dry_run boolean default true, p_batch_size int default 100,
    p_instance text default 'dlqtop', p_exclude uuid[] default '{}', p_stale_only boolean default false,
    p_after timestamptz default null, p_after_task uuid default null)
returns table (
    task_uuid uuid, original_state text, dlq_reason text, action_taken text, detail text,
    minutes_in_state float8, breached_at timestamptz, correlation_id uuid)
language plpgsql security definer
set jit = off
-- The tasks of a chunk are named, and what is read of them has just been read: by their keys it is
-- cheaper than by any plan that reads all tasks there are, which a planner that takes it to be on disk
-- thinks of when the chunk is large. The triggers that count what is written are within this too.
set random_page_cost = 0.1
set seq_page_cost = 0.1
set search_path = pg_catalog, public, dlqtop, pg_temp
as $$
#variable_conflict use_column
declare
    only_zeros constant uuid := '00000000-0000-0000-0000-000000000000';
    turn     bigint := (select coalesce(max(sweep_id), 0) from dlqtop.sweeps);
    stuck    dlqtop.candidate[] := '{}';
    stale    dlqtop.candidate[] := '{}';
    found_at uuid[];
    found_by timestamptz[];
    held     dlqtop.held[];
    locked   uuid[];
    fresh    dlqtop.taken[];
    lows     int[];
    highs    int[];
    low      int;
    high     int;
    middle   int;
    subxacts int := 0;
    busy     boolean;
    rule     text;
    c        dlqtop.taken;
begin
    if not p_stale_only then
        stuck := array(
            select s from dlqtop.stuck_among(null, turn) s
            where s.task_uuid <> all (p_exclude)
            order by array_position(
                array['dependency_cycle_detected', 'max_retries_exceeded']::dlq_reason[],
                s.dlq_reason), s.minutes desc, s.task_uuid
            limit p_batch_size);
    end if;
    found_at := array(select s.task_uuid from unnest(stuck) s);
    found_by := array_fill(null::timestamptz, array[cardinality(stuck)]);
    if cardinality(stuck) < p_batch_size then
        with furthest as (
            select d.task_uuid, d.breaches_at
            from dlqtop.deadlines d
            where d.taken
              and d.breaches_at <= now()
              and (d.breaches_at, d.task_uuid)
                  > (coalesce(p_after, '-infinity'), coalesce(p_after_task, only_zeros))
              and d.task_uuid <> all (p_exclude)
              and d.task_uuid <> all (found_at)
              and not age_is_suspect(d.since, d.created)
              -- What is only recorded is not found again once it is. Not a join: the rows come in
              -- the index's order, and no more of them are read than are taken.
              and ((select l.auto_fail_on_timeout from dlqtop.lifecycles l
                    where l.named_task_uuid = d.named_task_uuid)
                   or not exists (
                  select from tasker_tasks_dlq r
                  where r.task_uuid = d.task_uuid
                    and (r.resolution_status = 'pending'
                         or (r.dlq_reason = 'staleness_timeout' and r.dlq_timestamp >= d.since))))
            order by d.breaches_at, d.task_uuid
            limit p_batch_size - cardinality(stuck)
        )
        select found_at || coalesce(array_agg(f.task_uuid order by f.breaches_at, f.task_uuid), '{}'),
               found_by || coalesce(array_agg(f.breaches_at order by f.breaches_at, f.task_uuid), '{}')
        into found_at, found_by
        from furthest f;
    end if;

    if p_dry_run then
        stale := array(select s from dlqtop.stale_among(found_at) s);
        return query
            select c.task_uuid, c.seen_state, c.dlq_reason::text,
                   'would_' || sweep_action(c.records, c.fails), null::text, c.minutes, c.breaches_at,
                   (select t.correlation_id from tasker_tasks t where t.task_uuid = c.task_uuid)
            from unnest(stuck || stale) c;
        return;
    end if;

    -- What is read of their rows here stays so for as long as they are locked.
    held := array(
        select row(t.task_uuid, t.named_task_uuid, t.created_at, t.priority, t.correlation_id,
                   tr.ctid, tr.created_at, tr.sort_key)::dlqtop.held
        from tasker_tasks t
        join tasker_task_transitions tr on tr.task_uuid = t.task_uuid and tr.most_recent
        where t.task_uuid = any (found_at)
        for no key update of t, tr skip locked);
    -- Under the locks: statements that see what was committed meanwhile.
    locked := array(select h.task_uuid from unnest(held) h);
    if cardinality(stuck) > 0 then
        stuck := array(select s from dlqtop.stuck_among(locked, turn) s);
    end if;
    stale := array(select s from dlqtop.stale_among(locked) s);
    -- What is stuck and has become stale meanwhile is taken once.
    fresh := array(
        select row(k.task_uuid, k.seen_state, k.dlq_reason, k.records, k.fails, k.breaches_at, k.minutes,
                   h.named_task_uuid, h.created, h.priority, h.correlation_id, h.present, h.since,
                   h.sort_key)::dlqtop.taken
        from (
            select distinct on (u.task_uuid) u.*
            from unnest(stuck || stale) u
            order by u.task_uuid, u.fails desc
        ) k
        join unnest(held) h using (task_uuid)
        order by k.breaches_at nulls first, k.task_uuid);

    return query
        select f.task, null::text, null::text, 'skipped', 'moved on, or held by another session',
               null::float8, f.due, (select t.correlation_id from tasker_tasks t where t.task_uuid = f.task)
        from unnest(found_at, found_by) as f (task, due)
        where f.task not in (select k.task_uuid from unnest(fresh) k);

    lows := array[1];
    highs := array[coalesce(cardinality(fresh), 0)];
    while cardinality(lows) > 0 loop
        low := lows[cardinality(lows)];
        high := highs[cardinality(highs)];
        lows := trim_array(lows, 1);
        highs := trim_array(highs, 1);
        continue when low > high;
        if subxacts >= 60 then
            return query
                select k.task_uuid, k.seen_state, k.dlq_reason::text, 'skipped',
                       'too many failures in this chunk', k.minutes, k.breaches_at, k.correlation_id
                from unnest(fresh[low:high]) k;
            continue;
        end if;
        subxacts := subxacts + 1;
        begin
            perform dlqtop.sweep_apply(fresh[low:high], p_instance);
            return query
                select k.task_uuid, k.seen_state, k.dlq_reason::text,
                       sweep_action(k.records, k.fails), null::text, k.minutes, k.breaches_at,
                       k.correlation_id
                from unnest(fresh[low:high]) k;
        exception when others then
            -- Somebody is at work on one of them: a lock that does not come, or a deadlock. The
            -- next wait is a short one, or the halving would wait as long again for each half.
            busy := sqlstate in ('55P03', '40P01');
            get stacked diagnostics rule = constraint_name;
            if busy then
                perform set_config('lock_timeout', '50ms', true);
            end if;
            if low = high then
                c := fresh[low];
                return query select c.task_uuid, c.seen_state, c.dlq_reason::text,
                                    -- somebody else has just opened its entry: nothing is wrong
                                    case when busy or rule = 'task_has_one_pending_entry'
                                        then 'skipped' else 'failed' end, sqlerrm,
                                    c.minutes, c.breaches_at, c.correlation_id;
            else
                middle := (low + high) / 2;
                lows := lows || array[middle + 1, low];
                highs := highs || array[high, middle];
            end if;
        end;
    end loop;
end
$$;
revoke execute on function dlqtop.sweep_apply(dlqtop.taken[], text) from public;
revoke execute on function detect_and_transition_stale_tasks(
    boolean, int, text, uuid[], boolean, timestamptz, uuid) from public;
select dlqtop.grant_roles();
