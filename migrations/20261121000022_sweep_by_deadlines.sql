-- The sweep over the deadlines. Finding is an index range; judging is by the definition, under the
-- locks; writing is one statement for the whole chunk.

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
