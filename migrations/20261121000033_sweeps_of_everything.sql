-- Makes a sweep cheaper per task, whatever the batch: nothing is read or written differently.

-- The same instant by way of UTC, where all of it is immutable by PostgreSQL's own reckoning: only then
-- is it made part of the index's and the view's expressions instead of being called for each row.
create or replace function dlq_priority_instant(p_reason dlq_reason, p_at timestamptz)
returns timestamptz
language sql immutable parallel safe
as $$
    select (p_at at time zone 'UTC' - public.dlq_priority_base(p_reason) * interval '1 minute')
        at time zone 'UTC'
$$;
-- Sessions that are open know the index by the expression it had.
reindex index entries_by_priority;

-- What a snapshot says. As types, because PostgreSQL makes JSON of a row at once, but of a list of keys
-- and values only after it has looked up each one's type, again for each row.
create type dlqtop.step_snapshot as (
    name         text,
    state        text,
    attempts     int,
    max_attempts int,
    last_error   text,
    parents      text[]
);
create type dlqtop.task_snapshot as (
    task_uuid             uuid,
    namespace             text,
    task_name             text,
    version               text,
    current_state         text,
    time_in_state_minutes numeric,
    threshold_minutes     float8,
    task_age_minutes      numeric,
    priority              int,
    correlation_id        uuid,
    snapshot_timestamp    timestamptz,
    lifecycle             jsonb,
    steps                 dlqtop.step_snapshot[]
);

-- Enough to investigate after the task has changed. A view, so that who asks for many tasks is given
-- them row by row and not all of them gathered first.
create view dlqtop.task_snapshots as
select
    t.task_uuid,
    to_jsonb(row(
        t.task_uuid,
        ns.name,
        nt.name,
        nt.version,
        tr.to_state,
        round(coalesce(minutes_between(tr.created_at, now()), 0)::numeric, 1),
        state_threshold(tr.to_state, l.max_waiting_for_dependencies_minutes,
                        l.max_waiting_for_retry_minutes, l.max_steps_in_process_minutes),
        round(coalesce(minutes_between(t.created_at, now()), 0)::numeric, 1),
        t.priority,
        t.correlation_id,
        now(),
        nt.configuration -> 'lifecycle',
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
            where s.task_uuid = t.task_uuid
            order by s.step_number, s.step_name))::dlqtop.task_snapshot) as snapshot
from tasker_tasks t
join tasker_named_tasks nt using (named_task_uuid)
join tasker_task_namespaces ns using (task_namespace_uuid)
join dlqtop.lifecycles l using (named_task_uuid)
join tasker_task_transitions tr on tr.task_uuid = t.task_uuid and tr.most_recent;

create or replace function task_snapshots(p_tasks uuid[])
returns table (task_uuid uuid, snapshot jsonb)
language sql stable
as $$
    select s.task_uuid, s.snapshot from dlqtop.task_snapshots s where s.task_uuid = any (p_tasks)
$$;

-- Steps that wait for nothing but their time: a task that has one can still move.
create view dlqtop.free_steps as
select s.task_uuid, s.workflow_step_uuid
from tasker_workflow_steps s
join tasker_workflow_step_transitions st
    on st.workflow_step_uuid = s.workflow_step_uuid and st.most_recent
where st.to_state = 'pending'
  and not exists (
      select from tasker_workflow_step_edges e
      join tasker_workflow_step_transitions p
          on p.workflow_step_uuid = e.parent_step_uuid and p.most_recent
      where e.child_step_uuid = s.workflow_step_uuid
        and p.to_state not in ('complete', 'resolved_manually'));

create or replace function task_is_knotted(p_task uuid) returns boolean
language sql stable
as $$
    select not exists (select from dlqtop.free_steps f where f.task_uuid = p_task)
       and task_has_step_cycle(p_task)
$$;

-- As before, but the cheap half of `task_is_knotted` is asked here, without a call.
create or replace function dlqtop.stale_among(p_tasks uuid[]) returns setof dlqtop.candidate
language sql stable
as $$
    select
        d.task_uuid,
        d.state,
        case when d.state = 'waiting_for_dependencies' and conf.reason_dependency_cycle_detected
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
    cross join dlqtop.settings conf
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
create or replace function dlqtop.sweep_apply(p_candidates dlqtop.candidate[], p_instance text)
returns void
language plpgsql
as $$
declare
    found_by constant jsonb := jsonb_build_object('detector', p_instance);
begin
    insert into tasker_tasks_dlq
        (task_uuid, original_state, dlq_reason, task_snapshot, metadata)
    select c.task_uuid, c.seen_state, c.dlq_reason, s.snapshot, found_by
    from (select * from unnest(p_candidates) order by task_uuid) c
    join dlqtop.task_snapshots s on s.task_uuid = c.task_uuid
    where c.records
    on conflict (task_uuid) where resolution_status = 'pending' do nothing;

    perform set_config('dlqtop.ends_deadlines_itself', 'on', true);
    with ended as (
        update tasker_task_transitions tr
        set most_recent = false
        from (select * from unnest(p_candidates) order by task_uuid) c
        where c.fails and tr.task_uuid = c.task_uuid and tr.most_recent
        returning tr.task_uuid, tr.to_state, tr.sort_key, c.dlq_reason
    )
    insert into tasker_task_transitions
        (task_uuid, from_state, to_state, most_recent, sort_key, processor, reason)
    select task_uuid, to_state, 'error', true, sort_key + 1, p_instance, dlq_reason::text
    from ended;
    perform set_config('dlqtop.ends_deadlines_itself', 'off', true);
    delete from dlqtop.deadlines d
    using (select * from unnest(p_candidates) order by task_uuid) c
    where c.fails and d.task_uuid = c.task_uuid;
end
$$;

-- As before; it says each task's correlation id too, for the log.
drop function detect_and_transition_stale_tasks(
    boolean, int, text, uuid[], boolean, timestamptz, uuid);
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
                   'would_' || sweep_action(c.records, c.fails), null::text, c.minutes, c.breaches_at,
                   (select t.correlation_id from tasker_tasks t where t.task_uuid = c.task_uuid)
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
                       'too many failures in this chunk', k.minutes, k.breaches_at,
                       (select t.correlation_id from tasker_tasks t where t.task_uuid = k.task_uuid)
                from unnest(fresh[low:high]) k;
            continue;
        end if;
        subxacts := subxacts + 1;
        begin
            perform dlqtop.sweep_apply(fresh[low:high], p_instance);
            return query
                select k.task_uuid, k.seen_state, k.dlq_reason::text,
                       sweep_action(k.records, k.fails), null::text, k.minutes, k.breaches_at,
                       (select t.correlation_id from tasker_tasks t where t.task_uuid = k.task_uuid)
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
                                    c.minutes, c.breaches_at,
                                    (select t.correlation_id from tasker_tasks t where t.task_uuid = c.task_uuid);
            else
                middle := (low + high) / 2;
                lows := lows || array[middle + 1, low];
                highs := highs || array[high, middle];
            end if;
        end;
    end loop;
end
$$;
revoke execute on function detect_and_transition_stale_tasks(
    boolean, int, text, uuid[], boolean, timestamptz, uuid) from public;
select dlqtop.grant_roles();
