-- The sweep: it opens entries for stuck tasks and moves the tasks to error. Finding them is an index range,
-- deciding uses the definition while the rows are locked, and writing is one statement per chunk. Whether a
-- sweep may begin, and how it is undone, is in a later file.

-- What each sweep did.
create table dlqtop.sweeps (
    sweep_id bigint generated always as identity primary key,
    instance text not null,
    started  timestamptz not null,
    took     interval not null,
    detected int not null,
    moved    int not null,
    skipped  int not null,
    failed   int not null,
    dry_run  boolean not null,
    -- the breaker held it
    held     boolean not null default false,
    -- how many tasks it may still take, and until when it may go on without being judged again
    may_take int,
    cleared_until timestamptz,
    undone_at timestamptz,
    undone_by text
);
create index sweeps_by_time on dlqtop.sweeps (started desc);
-- What a sweep usually takes.
create index sweeps_that_took on dlqtop.sweeps (started desc) where moved > 0 and not dry_run;

-- Which tasks each chunk of a sweep took. `at` is the instant of its transitions and entries.
create table dlqtop.sweep_chunks (
    chunk_id  bigint generated always as identity,
    sweep_id  bigint not null references dlqtop.sweeps on delete cascade,
    at        timestamptz not null default now(),
    -- the newest line of the operator log when it ended: later lines about these tasks came after it
    log_id    bigint not null,
    taken     int not null,
    tasks     uuid[] not null,
    primary key (sweep_id, chunk_id)
);
create index sweep_chunks_by_time on dlqtop.sweep_chunks (at);
-- Ids cannot be compressed.
alter table dlqtop.sweep_chunks alter column tasks set storage external;

-- What the detector did is evidence. Old rows are deleted one by one, after ninety days.
create trigger sweeps_are_never_truncated before truncate on dlqtop.sweeps
    for each statement execute function dlqtop.refuse_rewriting();
create trigger sweep_chunks_are_never_truncated before truncate on dlqtop.sweep_chunks
    for each statement execute function dlqtop.refuse_rewriting();

create view public.v_sweeps as
select sweep_id, instance, started, took, detected, moved, skipped, failed, dry_run, held, undone_at,
       undone_by, coalesce(cleared_until > now(), false) as under_way
from dlqtop.sweeps;

-- Whether a chunk of a sweep may act (`acts`), as which sweep and on how many tasks; `asks`: the sweep begins,
-- so that has to be decided; `why`: the reason why it does not act, if the caller did not want it so.
create type dlqtop.clearance as (
    sweep_id bigint,
    may_take int,
    acts     boolean,
    asks     boolean,
    why      text
);

create function dlqtop.sweep_action(p_records boolean, p_fails boolean) returns text
language sql immutable parallel safe
begin atomic
    select case
        when p_records and p_fails then 'transitioned_to_dlq_and_error'
        when p_records then 'moved_to_dlq_only'
        else 'transitioned_to_error_only'
    end;
end;

-- What the sweep reads of a task when it locks it. Nobody can change it until the lock is released, so it is
-- not read again for the snapshot, the transition or the correlation id.
create type dlqtop.held as (
    task_uuid       uuid,
    named_task_uuid uuid,
    created         timestamptz,
    priority        int,
    correlation_id  uuid,
    -- where the row of its present state is, since when it applies, and its number in the history
    present         tid,
    since           timestamptz,
    sort_key        int
);

-- A `dlqtop.candidate` together with what was read under the lock.
create type dlqtop.taken as (
    task_uuid       uuid,
    seen_state      text,
    dlq_reason      public.dlq_reason,
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

-- Opens entries for the given tasks, whose rows the caller has locked, and moves them to error. If one of
-- them is refused, none is written and the error goes to the caller. Counting the entries and dropping the
-- deadlines is up to the triggers, as for every writer: whatever could switch them off for a sweep, anybody
-- could set.
create function dlqtop.sweep_apply(p_taken dlqtop.taken[], p_instance text)
returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    found_by constant jsonb := jsonb_build_object('detector', p_instance);
    failed   bigint;
begin
    insert into public.tasker_tasks_dlq
        (task_uuid, original_state, dlq_reason, task_snapshot, metadata)
    select c.task_uuid, c.seen_state, c.dlq_reason,
           to_jsonb(row(
               c.task_uuid,
               n.namespace,
               n.name,
               n.version,
               c.seen_state,
               round(coalesce(dlqtop.minutes_between(c.since, now()), 0)::numeric, 1),
               dlqtop.state_threshold(c.seen_state, n.max_waiting_for_dependencies_minutes,
                               n.max_waiting_for_retry_minutes, n.max_steps_in_process_minutes),
               round(coalesce(dlqtop.minutes_between(c.created, now()), 0)::numeric, 1),
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
                       dlqtop.error_text(s.last_error),
                       array(
                           select p.step_name
                           from public.tasker_workflow_step_edges e
                           join public.tasker_workflow_steps p on p.workflow_step_uuid = e.parent_step_uuid
                           where e.child_step_uuid = s.workflow_step_uuid
                           order by p.step_number, p.step_name))::dlqtop.step_snapshot
                   from public.tasker_workflow_steps s
                   join public.tasker_workflow_step_transitions st
                       on st.workflow_step_uuid = s.workflow_step_uuid and st.most_recent
                   where s.task_uuid = c.task_uuid
                   order by s.step_number, s.step_name))::dlqtop.task_snapshot),
           found_by
    from (select * from unnest(p_taken) order by task_uuid) c
    join (
        select nt.named_task_uuid, ns.name as namespace, nt.name, nt.version,
               nt.configuration -> 'lifecycle' as lifecycle, l.max_waiting_for_dependencies_minutes,
               l.max_waiting_for_retry_minutes, l.max_steps_in_process_minutes
        from public.tasker_named_tasks nt
        join public.tasker_task_namespaces ns using (task_namespace_uuid)
        join dlqtop.lifecycles l using (named_task_uuid)
    ) n using (named_task_uuid)
    where c.records;

    with ended as (
        update public.tasker_task_transitions tr
        set most_recent = false
        from (select * from unnest(p_taken) order by task_uuid) c
        where c.fails and tr.ctid = c.present and tr.task_uuid = c.task_uuid and tr.most_recent
        returning c.task_uuid, c.seen_state, c.sort_key, c.dlq_reason
    )
    insert into public.tasker_task_transitions
        (task_uuid, from_state, to_state, most_recent, sort_key, processor, reason)
    select task_uuid, seen_state, 'error', true, sort_key + 1, p_instance, dlq_reason::text
    from ended;
    get diagnostics failed = row_count;
    if failed <> (select count(*) from unnest(p_taken) c where c.fails) then
        raise exception 'only % of the tasks could be failed', failed;
    end if;
end
$$;

-- One chunk of a sweep: at most `p_batch_size` tasks. First those that are stuck for another reason than
-- time, unless `p_stale_only`; then stale tasks, longest overdue first, after the one that `p_after` and
-- `p_after_task` name. `p_exclude` has the tasks that this sweep has already skipped or failed on.
--
-- Rows that another session has locked are skipped, not waited for. What is found is checked again while it
-- is locked: what has moved on meanwhile is skipped too. If a chunk fails, it is halved until the task that
-- cannot be processed is found and reported as failed; the others go through. There are at most 60
-- subtransactions, below the 64 that a backend keeps in memory: what is left then is reported as skipped,
-- and the next sweep finds it.
--
-- The first chunk starts the sweep, and its rows have its id; the later ones are given that (`p_sweep`). As
-- long as the detector is not armed, and where the breaker holds the sweep, a chunk is dry whatever the
-- caller wants, and says so in `detail`. A sweep that may take no more finds nothing.
create function dlqtop.detect_and_transition_stale_tasks(
    p_dry_run boolean default true, p_batch_size int default 100,
    p_instance text default 'dlqtop', p_exclude uuid[] default '{}', p_stale_only boolean default false,
    p_after timestamptz default null, p_after_task uuid default null, p_sweep bigint default null)
returns table (
    task_uuid uuid, original_state text, dlq_reason text, action_taken text, detail text,
    minutes_in_state float8, breached_at timestamptz, correlation_id uuid, sweep_id bigint)
language plpgsql security definer
set jit = off
-- The tasks of a chunk are known by key and were just read, so they are in memory. A planner that assumes
-- them on disk would read whole tables for a large chunk. This also applies to the triggers.
set random_page_cost = 0.1
set seq_page_cost = 0.1
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
    only_zeros constant uuid := '00000000-0000-0000-0000-000000000000';
    turn     bigint := coalesce(p_sweep - 1, (select max(s.sweep_id) from dlqtop.sweeps s), 0);
    -- the sweep that this chunk belongs to, how many tasks it may still take, or why it takes none
    sweep    dlqtop.clearance;
    at_most  int := p_batch_size;
    took     uuid[] := '{}';
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
    perform dlqtop.wait_briefly();
    sweep := dlqtop.sweep_under_way(p_dry_run, p_sweep, p_instance);
    if not p_stale_only or sweep.asks then
        stuck := array(select s from dlqtop.stuck_among(null, turn) s);
    end if;
    if sweep.asks then
        sweep := dlqtop.clear_sweep(p_sweep, p_instance, cardinality(stuck));
    end if;
    if sweep.acts then
        at_most := least(p_batch_size, sweep.may_take);
    end if;
    stuck := array(
        select s from unnest(stuck) s
        where not p_stale_only and s.task_uuid <> all (p_exclude)
        order by array_position(
            array['dependency_cycle_detected', 'max_retries_exceeded']::public.dlq_reason[],
            s.dlq_reason), s.minutes desc, s.task_uuid
        limit at_most);
    found_at := array(select s.task_uuid from unnest(stuck) s);
    found_by := array_fill(null::timestamptz, array[cardinality(stuck)]);
    if cardinality(stuck) < at_most then
        with furthest as (
            select d.task_uuid, d.breaches_at
            from dlqtop.due_deadlines d
            where (d.breaches_at, d.task_uuid)
                  > (coalesce(p_after, '-infinity'), coalesce(p_after_task, only_zeros))
              and d.task_uuid <> all (p_exclude)
              and d.task_uuid <> all (found_at)
            order by d.breaches_at, d.task_uuid
            limit at_most - cardinality(stuck)
        )
        select found_at || coalesce(array_agg(f.task_uuid order by f.breaches_at, f.task_uuid), '{}'),
               found_by || coalesce(array_agg(f.breaches_at order by f.breaches_at, f.task_uuid), '{}')
        into found_at, found_by
        from furthest f;
    end if;

    if not sweep.acts then
        stale := array(select s from dlqtop.stale_among(found_at) s);
        return query
            select c.task_uuid, c.seen_state, c.dlq_reason::text,
                   'would_' || dlqtop.sweep_action(c.records, c.fails), sweep.why, c.minutes,
                   c.breaches_at,
                   (select t.correlation_id from public.tasker_tasks t where t.task_uuid = c.task_uuid),
                   null::bigint
            from unnest(stuck || stale) c;
        return;
    end if;

    -- What is read of these rows does not change while they are locked.
    held := array(
        select row(t.task_uuid, t.named_task_uuid, t.created_at, t.priority, t.correlation_id,
                   tr.ctid, tr.created_at, tr.sort_key)::dlqtop.held
        from public.tasker_tasks t
        join public.tasker_task_transitions tr on tr.task_uuid = t.task_uuid and tr.most_recent
        where t.task_uuid = any (found_at)
        for no key update of t, tr skip locked);
    -- With the rows locked, new statements see what was committed meanwhile.
    locked := array(select h.task_uuid from unnest(held) h);
    if cardinality(stuck) > 0 then
        stuck := array(select s from dlqtop.stuck_among(locked, turn) s);
    end if;
    stale := array(select s from dlqtop.stale_among(locked) s);
    -- A task that is stuck and has become stale meanwhile is taken once.
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
               null::float8, f.due,
               (select t.correlation_id from public.tasker_tasks t where t.task_uuid = f.task),
               sweep.sweep_id
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
                       'too many failures in this chunk', k.minutes, k.breaches_at, k.correlation_id,
                       sweep.sweep_id
                from unnest(fresh[low:high]) k;
            continue;
        end if;
        subxacts := subxacts + 1;
        begin
            perform dlqtop.sweep_apply(fresh[low:high], p_instance);
            took := took || array(select k.task_uuid from unnest(fresh[low:high]) k);
            return query
                select k.task_uuid, k.seen_state, k.dlq_reason::text,
                       dlqtop.sweep_action(k.records, k.fails), null::text, k.minutes, k.breaches_at,
                       k.correlation_id, sweep.sweep_id
                from unnest(fresh[low:high]) k;
        exception when others then
            -- Another session holds one of them: a lock timeout or a deadlock. The next waits are short, or
            -- each half would wait as long again.
            busy := sqlstate in ('55P03', '40P01');
            get stacked diagnostics rule = constraint_name;
            if busy then
                perform set_config('lock_timeout', '50ms', true);
            end if;
            if low = high then
                c := fresh[low];
                return query select c.task_uuid, c.seen_state, c.dlq_reason::text,
                                    -- somebody else has just opened its entry: no failure
                                    case when busy or rule = 'task_has_one_pending_entry'
                                        then 'skipped' else 'failed' end, sqlerrm,
                                    c.minutes, c.breaches_at, c.correlation_id, sweep.sweep_id;
            else
                middle := (low + high) / 2;
                lows := lows || array[middle + 1, low];
                highs := highs || array[high, middle];
            end if;
        end;
    end loop;
    perform dlqtop.record_chunk(sweep.sweep_id, took);
end
$$;

-- Only the owner, and those to whom it is granted, may call these.
revoke execute on function
    dlqtop.sweep_apply(dlqtop.taken[], text),
    dlqtop.detect_and_transition_stale_tasks(
        boolean, int, text, uuid[], boolean, timestamptz, uuid, bigint)
from public;
