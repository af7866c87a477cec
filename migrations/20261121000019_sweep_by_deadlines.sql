-- The sweep over the deadlines. Finding is an index range; judging is by the definition, under the
-- locks; writing is one statement for the whole chunk.

drop function detect_and_transition_stale_tasks(boolean, int, text, uuid[]);
drop function sweep_apply(v_sweep_candidates[], text);
drop view v_sweep_candidates;
drop function build_task_snapshot(uuid);
drop function task_was_recorded(uuid, timestamptz, text);

-- Enough to investigate after the task has changed; for many tasks at once.
create function task_snapshots(p_tasks uuid[])
returns table (task_uuid uuid, snapshot jsonb)
language sql stable
as $$
    select t.task_uuid, jsonb_build_object(
        'task_uuid', t.task_uuid,
        'namespace', ns.name,
        'task_name', nt.name,
        'version', nt.version,
        'current_state', tr.to_state,
        'time_in_state_minutes',
            round(coalesce(minutes_between(tr.created_at, now()), 0)::numeric, 1),
        'threshold_minutes',
            state_threshold(tr.to_state, l.max_waiting_for_dependencies_minutes,
                            l.max_waiting_for_retry_minutes, l.max_steps_in_process_minutes),
        'task_age_minutes', round(coalesce(minutes_between(t.created_at, now()), 0)::numeric, 1),
        'priority', t.priority,
        'correlation_id', t.correlation_id,
        'snapshot_timestamp', now(),
        'lifecycle', nt.configuration -> 'lifecycle',
        'steps', coalesce(steps.all_of_them, '[]'))
    from tasker_tasks t
    join tasker_named_tasks nt using (named_task_uuid)
    join tasker_task_namespaces ns using (task_namespace_uuid)
    join dlqtop.lifecycles l using (named_task_uuid)
    join tasker_task_transitions tr on tr.task_uuid = t.task_uuid and tr.most_recent
    left join lateral (
        select jsonb_agg(jsonb_build_object(
            'name', s.step_name,
            'state', st.to_state,
            'attempts', s.attempts,
            'max_attempts', s.max_attempts,
            'last_error', left(s.last_error, 4096),
            'parents', coalesce((
                select jsonb_agg(p.step_name order by p.step_number, p.step_name)
                from tasker_workflow_step_edges e
                join tasker_workflow_steps p on p.workflow_step_uuid = e.parent_step_uuid
                where e.child_step_uuid = s.workflow_step_uuid), '[]'))
            order by s.step_number, s.step_name) as all_of_them
        from tasker_workflow_steps s
        join tasker_workflow_step_transitions st
            on st.workflow_step_uuid = s.workflow_step_uuid and st.most_recent
        where s.task_uuid = t.task_uuid
    ) steps on true
    where t.task_uuid = any (p_tasks)
$$;

create function build_task_snapshot(p_task uuid) returns jsonb
language sql stable
as $$
    select snapshot from task_snapshots(array[p_task])
$$;

-- Whether the task's steps wait for each other in a circle. Walking the edges is dear, and a task
-- with a step that waits for nothing but its time can still move, so that is asked first.
create function task_is_knotted(p_task uuid) returns boolean
language sql stable
as $$
    select case
        when exists (
            select from tasker_workflow_steps s
            join tasker_workflow_step_transitions st
                on st.workflow_step_uuid = s.workflow_step_uuid and st.most_recent
            where s.task_uuid = p_task and st.to_state = 'pending'
              and not exists (
                  select from tasker_workflow_step_edges e
                  join tasker_workflow_step_transitions p
                      on p.workflow_step_uuid = e.parent_step_uuid and p.most_recent
                  where e.child_step_uuid = s.workflow_step_uuid
                    and p.to_state not in ('complete', 'resolved_manually')))
        then false
        else task_has_step_cycle(p_task)
    end
$$;

-- A task that the sweep may take. `records`: open an entry. `fails`: move the task to error.
create type dlqtop.candidate as (
    task_uuid   uuid,
    seen_state  text,
    dlq_reason  dlq_reason,
    records     boolean,
    fails       boolean,
    -- null if it is stuck for another reason than time
    breaches_at timestamptz,
    -- in the state, when it was taken
    minutes     float8
);

-- Which of these tasks are stale and may be taken, by the definition and not by the table.
create function dlqtop.stale_among(p_tasks uuid[]) returns setof dlqtop.candidate
language sql stable
as $$
    select
        d.task_uuid,
        d.state,
        case when d.state = 'waiting_for_dependencies' and conf.reason_dependency_cycle_detected
                and task_is_knotted(d.task_uuid)
            then 'dependency_cycle_detected' else 'staleness_timeout' end::dlq_reason,
        l.auto_dlq_on_timeout and e.dlq_entry_uuid is null,
        l.auto_fail_on_timeout,
        d.breaches_at,
        minutes_between(d.since, now())
    from dlqtop.deadline_definition d
    join dlqtop.lifecycles l using (named_task_uuid)
    cross join dlqtop.settings conf
    left join tasker_tasks_dlq e
        on e.task_uuid = d.task_uuid and e.resolution_status = 'pending'
    where d.task_uuid = any (p_tasks)
      and d.taken
      and deadline_health(d.breaches_at, d.warns_at, d.since, d.created) = 'stale'
      and (l.auto_fail_on_timeout
           or (e.dlq_entry_uuid is null and not exists (
                   select from tasker_tasks_dlq r
                   where r.task_uuid = d.task_uuid
                     and r.dlq_reason = 'staleness_timeout'
                     and r.dlq_timestamp >= d.since)))
$$;

-- Namespaces that wait for workers and have none: no heartbeat, and nothing finished, for as long as
-- the settings say.
create function dlqtop.silent_namespaces() returns uuid[]
language plpgsql stable
as $$
declare
    since timestamptz;
    mute uuid[];
begin
    select now() - worker_silence_minutes * interval '1 minute' into since
    from dlqtop.settings where reason_worker_unavailable;
    mute := array(
        select n.task_namespace_uuid
        from tasker_task_namespaces n
        where since is not null
          and not exists (
            select from tasker_workers w
            where w.task_namespace_uuid = n.task_namespace_uuid
              and w.last_heartbeat_at >= since));
    -- Some workers finish steps and never say that they are there.
    if cardinality(mute) > 0 then
        mute := array(
            select unnest(mute)
            except
            select distinct nt.task_namespace_uuid
            from tasker_workflow_step_transitions st
            join tasker_workflow_steps s using (workflow_step_uuid)
            join tasker_tasks t using (task_uuid)
            join tasker_named_tasks nt using (named_task_uuid)
            where st.to_state = 'complete' and st.created_at >= since
              and not st.metadata ? 'operator');
    end if;
    return mute;
end
$$;

-- Tasks that are stuck for another reason than time, among the given ones or, with null, anywhere.
-- `p_turn`: which share of the waiting tasks is looked at for circles, when there are many.
create function dlqtop.stuck_among(p_tasks uuid[], p_turn bigint) returns setof dlqtop.candidate
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
          and task_is_knotted(d.task_uuid);

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

-- Records and fails the given tasks, whose rows the caller has locked. All of them, or, if any
-- one is refused, none: the error goes up.
create function dlqtop.sweep_apply(p_candidates dlqtop.candidate[], p_instance text) returns void
language plpgsql
as $$
begin
    insert into tasker_tasks_dlq
        (task_uuid, original_state, dlq_reason, task_snapshot, metadata)
    select c.task_uuid, c.seen_state, c.dlq_reason, s.snapshot,
           jsonb_build_object('detector', p_instance)
    from unnest(p_candidates) c
    join task_snapshots(array(select r.task_uuid from unnest(p_candidates) r where r.records)) s
        on s.task_uuid = c.task_uuid
    on conflict (task_uuid) where resolution_status = 'pending' do nothing;

    perform set_config('dlqtop.ends_deadlines_itself', 'on', true);
    with ended as (
        update tasker_task_transitions tr
        set most_recent = false
        from unnest(p_candidates) c
        where c.fails and tr.task_uuid = c.task_uuid and tr.most_recent
        returning tr.task_uuid, tr.to_state, tr.sort_key, c.dlq_reason
    )
    insert into tasker_task_transitions
        (task_uuid, from_state, to_state, most_recent, sort_key, processor, reason)
    select task_uuid, to_state, 'error', true, sort_key + 1, p_instance, dlq_reason::text
    from ended;
    perform set_config('dlqtop.ends_deadlines_itself', 'off', true);
    delete from dlqtop.deadlines d
    using unnest(p_candidates) c
    where c.fails and d.task_uuid = c.task_uuid;
end
$$;

-- One chunk of a sweep: at most `p_batch_size` tasks. First what is stuck for another reason than
-- time, unless `p_stale_only`; then stale tasks, furthest over first, after the one that `p_after`
-- and `p_after_task` name. None of `p_exclude`, what this sweep has already skipped or failed on.
--
-- Rows that another session holds are skipped, not waited for. What is found is judged again under
-- the locks, by the definition: what has moved on meanwhile is skipped too. A task that cannot be
-- processed is found by halving the chunk and reported as failed; the rest goes through. At most 60
-- subtransactions, below the 64 that a backend keeps in memory: what is left then is reported as
-- skipped and found by the next sweep.
create function detect_and_transition_stale_tasks(
    p_dry_run boolean default true, p_batch_size int default 100,
    p_instance text default 'dlqtop', p_exclude uuid[] default '{}', p_stale_only boolean default false,
    p_after timestamptz default null, p_after_task uuid default null)
returns table (
    task_uuid uuid, original_state text, dlq_reason text, action_taken text, detail text,
    minutes_in_state float8, breached_at timestamptz)
language plpgsql security definer
set jit = off
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
    held     uuid[];
    fresh    dlqtop.candidate[];
    lows     int[];
    highs    int[];
    low      int;
    high     int;
    middle   int;
    subxacts int := 0;
    busy     boolean;
    c        dlqtop.candidate;
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
            join dlqtop.lifecycles l on l.named_task_uuid = d.named_task_uuid
            where d.taken
              and d.breaches_at <= now()
              and (d.breaches_at, d.task_uuid)
                  > (coalesce(p_after, '-infinity'), coalesce(p_after_task, only_zeros))
              and d.task_uuid <> all (p_exclude)
              and d.task_uuid <> all (found_at)
              and not age_is_suspect(d.since, d.created)
              -- what is only recorded is not found again once it is
              and (l.auto_fail_on_timeout or not exists (
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
                   'would_' || sweep_action(c.records, c.fails), null::text, c.minutes, c.breaches_at
            from unnest(stuck || stale) c;
        return;
    end if;

    held := array(
        select t.task_uuid
        from tasker_tasks t
        join tasker_task_transitions tr on tr.task_uuid = t.task_uuid and tr.most_recent
        where t.task_uuid = any (found_at)
        for no key update of t, tr skip locked);
    -- Under the locks: statements that see what was committed meanwhile.
    if cardinality(stuck) > 0 then
        stuck := array(select s from dlqtop.stuck_among(held, turn) s);
    end if;
    stale := array(select s from dlqtop.stale_among(held) s);
    -- What is stuck and has become stale meanwhile is taken once.
    fresh := array(
        select k from (
            select distinct on (u.task_uuid) u as k, u.breaches_at as due, u.task_uuid as task
            from unnest(stuck || stale) u
            order by u.task_uuid, u.fails desc
        ) one
        order by one.due nulls first, one.task);

    return query
        select f.task, null::text, null::text, 'skipped', 'moved on, or held by another session',
               null::float8, f.due
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
                       'too many failures in this chunk', k.minutes, k.breaches_at
                from unnest(fresh[low:high]) k;
            continue;
        end if;
        subxacts := subxacts + 1;
        begin
            perform dlqtop.sweep_apply(fresh[low:high], p_instance);
            return query
                select k.task_uuid, k.seen_state, k.dlq_reason::text,
                       sweep_action(k.records, k.fails), null::text, k.minutes, k.breaches_at
                from unnest(fresh[low:high]) k;
        exception when others then
            -- Somebody is at work on one of them: a lock that does not come, or a deadlock. The
            -- next wait is a short one, or the halving would wait as long again for each half.
            busy := sqlstate in ('55P03', '40P01');
            if busy then
                perform set_config('lock_timeout', '50ms', true);
            end if;
            if low = high then
                c := fresh[low];
                return query select c.task_uuid, c.seen_state, c.dlq_reason::text,
                                    case when busy then 'skipped' else 'failed' end, sqlerrm,
                                    c.minutes, c.breaches_at;
            else
                middle := (low + high) / 2;
                lows := lows || array[middle + 1, low];
                highs := highs || array[high, middle];
            end if;
        end;
    end loop;
end
$$;

-- Keeps what a sweep did, and tidies up after it: tallies are folded, sweeps are kept for ninety days.
create function record_sweep(
    p_instance text, p_took_ms float8, p_detected int, p_moved int, p_skipped int, p_failed int,
    p_dry_run boolean)
returns void
language plpgsql security definer
set search_path = pg_catalog, public, dlqtop, pg_temp
as $$
declare
    took interval := p_took_ms * interval '1 millisecond';
begin
    insert into dlqtop.sweeps (instance, started, took, detected, moved, skipped, failed, dry_run)
    values (p_instance, now() - took, took, p_detected, p_moved, p_skipped, p_failed, p_dry_run);
    if not p_dry_run then
        perform dlqtop.fold_tallies();
        delete from dlqtop.sweeps where started < now() - interval '90 days';
    end if;
end
$$;

-- Functions that write are not for everybody.
do $$
declare
    f regprocedure;
begin
    for f in
        select p.oid::regprocedure
        from pg_proc p
        join pg_namespace n on n.oid = p.pronamespace
        where n.nspname in ('public', 'dlqtop')
          and p.provolatile = 'v'
          and p.proname <> 'tasker_uuid_v7'
          and not exists (select from pg_depend d where d.objid = p.oid and d.deptype = 'e')
    loop
        execute format('revoke execute on function %s from public', f);
    end loop;
end
$$;
