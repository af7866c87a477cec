-- How the sweep finds stuck tasks, and the snapshot that an entry keeps of its task.

-- The parts of a snapshot. They are types because PostgreSQL turns a row into JSON at once, but looks up the
-- type of each value of a list of keys and values, again for each row.
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

-- Enough to investigate a task after it has changed. A view, so that many snapshots are returned row by row
-- and not collected first.
create view dlqtop.task_snapshots as
select
    t.task_uuid,
    to_jsonb(row(
        t.task_uuid,
        ns.name,
        nt.name,
        nt.version,
        tr.to_state,
        round(coalesce(dlqtop.minutes_between(tr.created_at, now()), 0)::numeric, 1),
        dlqtop.state_threshold(tr.to_state, l.max_waiting_for_dependencies_minutes,
                        l.max_waiting_for_retry_minutes, l.max_steps_in_process_minutes),
        round(coalesce(dlqtop.minutes_between(t.created_at, now()), 0)::numeric, 1),
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
            where s.task_uuid = t.task_uuid
            order by s.step_number, s.step_name))::dlqtop.task_snapshot) as snapshot
from public.tasker_tasks t
join public.tasker_named_tasks nt using (named_task_uuid)
join public.tasker_task_namespaces ns using (task_namespace_uuid)
join dlqtop.lifecycles l using (named_task_uuid)
join public.tasker_task_transitions tr on tr.task_uuid = t.task_uuid and tr.most_recent;

create function dlqtop.task_snapshots(p_tasks uuid[])
returns table (task_uuid uuid, snapshot jsonb)
language sql stable
begin atomic
    select s.task_uuid, s.snapshot from dlqtop.task_snapshots s where s.task_uuid = any (p_tasks);
end;

create function dlqtop.build_task_snapshot(p_task uuid) returns jsonb
language sql stable
begin atomic
    select snapshot from dlqtop.task_snapshots(array[p_task]);
end;

-- Whether the task's steps depend on each other in a cycle.
create function dlqtop.task_has_step_cycle(p_task uuid) returns boolean
language sql stable
begin atomic
    with recursive walk (origin, step) as (
        select e.parent_step_uuid, e.child_step_uuid
        from public.tasker_workflow_step_edges e
        join public.tasker_workflow_steps s on s.workflow_step_uuid = e.parent_step_uuid
        where s.task_uuid = p_task
        union
        select w.origin, e.child_step_uuid
        from walk w
        join public.tasker_workflow_step_edges e on e.parent_step_uuid = w.step
    )
    select exists (select from walk where origin = step);
end;

-- Steps that wait only for their time. A task that has one can still move.
create view dlqtop.free_steps as
select s.task_uuid, s.workflow_step_uuid
from public.tasker_workflow_steps s
join public.tasker_workflow_step_transitions st
    on st.workflow_step_uuid = s.workflow_step_uuid and st.most_recent
where st.to_state = 'pending'
  and not exists (
      select from public.tasker_workflow_step_edges e
      join public.tasker_workflow_step_transitions p
          on p.workflow_step_uuid = e.parent_step_uuid and p.most_recent
      where e.child_step_uuid = s.workflow_step_uuid
        and p.to_state not in ('complete', 'resolved_manually'));

-- Whether a cycle blocks the task. Walking the edges is expensive, so free steps are looked for first.
create function dlqtop.task_is_knotted(p_task uuid) returns boolean
language sql stable
begin atomic
    select not exists (select from dlqtop.free_steps f where f.task_uuid = p_task)
       and dlqtop.task_has_step_cycle(p_task);
end;

-- A task that the sweep may take. `records`: it opens an entry. `fails`: it moves the task to error.
create type dlqtop.candidate as (
    task_uuid   uuid,
    seen_state  text,
    dlq_reason  public.dlq_reason,
    records     boolean,
    fails       boolean,
    -- null if the task is stuck for another reason than time
    breaches_at timestamptz,
    -- in the state when the sweep took it
    minutes     float8
);

-- Which of these tasks are stale and may be taken, by the definition and not by the table. Contains
-- `task_is_knotted` written out, so that it is not called per task; the settings are read once.
create function dlqtop.stale_among(p_tasks uuid[]) returns setof dlqtop.candidate
language sql stable
begin atomic
    select
        d.task_uuid,
        d.state,
        case when d.state = 'waiting_for_dependencies'
                and (select conf.reason_dependency_cycle_detected from dlqtop.settings conf)
                and not exists (select from dlqtop.free_steps f where f.task_uuid = d.task_uuid)
                and dlqtop.task_has_step_cycle(d.task_uuid)
            then 'dependency_cycle_detected' else 'staleness_timeout' end::public.dlq_reason,
        l.auto_dlq_on_timeout and e.dlq_entry_uuid is null,
        l.auto_fail_on_timeout,
        d.breaches_at,
        dlqtop.minutes_between(d.since, now())
    from unnest(p_tasks) u
    join dlqtop.deadline_definition d on d.task_uuid = u
    join dlqtop.lifecycles l using (named_task_uuid)
    left join public.tasker_tasks_dlq e
        on e.task_uuid = d.task_uuid and e.resolution_status = 'pending'
    where d.taken
      and dlqtop.deadline_health(d.breaches_at, d.warns_at, d.since, d.created) = 'stale'
      and (l.auto_fail_on_timeout
           or (e.dlq_entry_uuid is null and not exists (
                   select from public.tasker_tasks_dlq r
                   where r.task_uuid = d.task_uuid
                     and r.dlq_reason = 'staleness_timeout'
                     and r.dlq_timestamp >= d.since)));
end;

-- Namespaces without workers: no heartbeat and no finished step for as long as the settings say.
create function dlqtop.silent_namespaces() returns uuid[]
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
declare
    since timestamptz;
    mute uuid[];
begin
    select now() - worker_silence_minutes * interval '1 minute' into since
    from dlqtop.settings where reason_worker_unavailable;
    mute := array(
        select n.task_namespace_uuid
        from public.tasker_task_namespaces n
        where since is not null
          and not exists (
            select from public.tasker_workers w
            where w.task_namespace_uuid = n.task_namespace_uuid
              and w.last_heartbeat_at >= since));
    -- Some workers finish steps and send no heartbeats.
    if cardinality(mute) > 0 then
        mute := array(
            select unnest(mute)
            except
            select distinct nt.task_namespace_uuid
            from public.tasker_workflow_step_transitions st
            join public.tasker_workflow_steps s using (workflow_step_uuid)
            join public.tasker_tasks t using (task_uuid)
            join public.tasker_named_tasks nt using (named_task_uuid)
            where st.to_state = 'complete' and st.created_at >= since
              and not st.metadata ? 'operator');
    end if;
    return mute;
end
$$;

-- Stale tasks that a sweep takes, by the table.
create view dlqtop.due_deadlines as
select d.task_uuid, d.breaches_at
from dlqtop.deadlines d
where d.taken
  and d.breaches_at <= now()
  and not dlqtop.age_is_suspect(d.since, d.created)
  -- What is only recorded is not found a second time. Not a join: the rows come in the order of the index,
  -- and no more of them are read than are taken.
  and ((select l.auto_fail_on_timeout from dlqtop.lifecycles l
        where l.named_task_uuid = d.named_task_uuid)
       or not exists (
      select from public.tasker_tasks_dlq r
      where r.task_uuid = d.task_uuid
        and (r.resolution_status = 'pending'
             or (r.dlq_reason = 'staleness_timeout' and r.dlq_timestamp >= d.since))));

-- A step has failed, has no attempts left or was cancelled, nothing else can move, and nobody looks into it.
create view dlqtop.blocked_tasks as
select tr.task_uuid, tr.to_state as state, tr.created_at as since
from public.tasker_task_transitions tr
join public.tasker_tasks t on t.task_uuid = tr.task_uuid
join dlqtop.lifecycles l on l.named_task_uuid = t.named_task_uuid
cross join dlqtop.settings conf
where tr.most_recent and tr.to_state = 'blocked_by_failures'
  and conf.reason_max_retries_exceeded
  and l.staleness_action = 'dlq'
  and not dlqtop.age_is_suspect(tr.created_at, t.created_at)
  and not exists (
      select from public.tasker_tasks_dlq d
      where d.task_uuid = tr.task_uuid and d.resolution_status = 'pending');

-- Tasks that are stuck for another reason than time, among the given ones or, with null, among all. If many
-- tasks wait, each sweep looks for cycles in a share of them; `p_turn` says in which.
create function dlqtop.stuck_among(p_tasks uuid[], p_turn bigint) returns setof dlqtop.candidate
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
declare
    -- looking for a cycle reads a task's steps: at most about this many tasks per sweep
    share  constant bigint := 2000;
    shares bigint;
    silent uuid[];
begin
    return query
        select b.task_uuid, b.state, 'max_retries_exceeded'::public.dlq_reason, true, true,
               null::timestamptz, dlqtop.minutes_between(b.since, now())
        from dlqtop.blocked_tasks b
        where p_tasks is null or b.task_uuid = any (p_tasks);

    -- A cycle never resolves itself: no need to wait for the threshold.
    select 1 + count(*) / share into shares
    from dlqtop.deadlines
    where state = 'waiting_for_dependencies' and p_tasks is null;
    return query
        select d.task_uuid, d.state, 'dependency_cycle_detected'::public.dlq_reason, true,
               l.auto_fail_on_timeout, null::timestamptz, dlqtop.minutes_between(d.since, now())
        from dlqtop.deadlines d
        join dlqtop.lifecycles l on l.named_task_uuid = d.named_task_uuid
        cross join dlqtop.settings conf
        where d.state = 'waiting_for_dependencies'
          and (p_tasks is null or d.task_uuid = any (p_tasks))
          and (shares = 1 or mod(abs(hashtext(d.task_uuid::text))::bigint, shares)
                             = mod(p_turn, shares))
          and conf.reason_dependency_cycle_detected
          and dlqtop.deadline_health(d.breaches_at, d.warns_at, d.since, d.created)
              in ('healthy', 'warning')
          and l.staleness_action = 'dlq' and l.auto_dlq_on_timeout
          and not exists (
              select from public.tasker_tasks_dlq r
              where r.task_uuid = d.task_uuid
                and (r.resolution_status = 'pending'
                     or (r.dlq_reason = 'dependency_cycle_detected'
                         and r.dlq_timestamp >= d.since)))
          -- in this order: walking the edges is expensive
          and case
              when exists (select from dlqtop.free_steps f where f.task_uuid = d.task_uuid) then false
              else dlqtop.task_has_step_cycle(d.task_uuid)
          end;

    -- Waiting for workers that are gone. Only an entry is opened: the task goes on when they return.
    silent := dlqtop.silent_namespaces();
    if cardinality(silent) = 0 then
        return;
    end if;
    return query
        select d.task_uuid, d.state, 'worker_unavailable'::public.dlq_reason, true, false,
               null::timestamptz, dlqtop.minutes_between(d.since, now())
        from dlqtop.deadlines d
        join public.tasker_named_tasks nt on nt.named_task_uuid = d.named_task_uuid
        join dlqtop.lifecycles l on l.named_task_uuid = d.named_task_uuid
        cross join dlqtop.settings conf
        where d.state = 'steps_in_process'
          and (p_tasks is null or d.task_uuid = any (p_tasks))
          and nt.task_namespace_uuid = any (silent)
          and dlqtop.deadline_health(d.breaches_at, d.warns_at, d.since, d.created)
              in ('healthy', 'warning')
          and l.staleness_action = 'dlq'
          and not exists (
              select from public.tasker_tasks_dlq r
              where r.task_uuid = d.task_uuid
                and (r.resolution_status = 'pending'
                     or (r.dlq_reason = 'worker_unavailable' and r.dlq_timestamp >= d.since)))
          and exists (
              select from public.tasker_workflow_steps s
              join public.tasker_workflow_step_transitions st
                  on st.workflow_step_uuid = s.workflow_step_uuid and st.most_recent
              where s.task_uuid = d.task_uuid and st.to_state = 'enqueued'
                and st.created_at < now() - conf.worker_silence_minutes * interval '1 minute');
end
$$;

-- Whether so many due tasks are too many to take without somebody looking: more than 50, and more than 5 %
-- of the tasks under way or than ten times what a sweep usually takes. Tasks under way are counted only
-- when that matters, and no further than it does: `under_way` is then at least so many.
create function dlqtop.breaker(p_due bigint)
returns table (under_way bigint, usual int, breaker_limit bigint, holds boolean, why text)
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
declare
    share bigint;
    tenfold bigint;
begin
    usual := (
        select percentile_disc(0.5) within group (order by moved)
        from (select moved from dlqtop.sweeps
              where moved > 0 and not dry_run
              order by started desc limit 20) latest);
    breaker_limit := 50;
    if p_due > breaker_limit then
        under_way := (
            select count(*)
            from (select from public.tasker_task_transitions
                  where most_recent and to_state in (
                      'pending', 'initializing', 'enqueuing_steps', 'steps_in_process',
                      'evaluating_results', 'waiting_for_dependencies', 'waiting_for_retry',
                      'blocked_by_failures')
                  limit greatest(20 * p_due, 100000)) counted);
        share := greatest(50, under_way / 20);
        tenfold := case when usual is not null then greatest(50, 10 * usual) end;
        breaker_limit := least(share, tenfold);
    end if;
    holds := p_due > breaker_limit;
    if holds then
        why := format('%s tasks are due, more than ', p_due) || case
            when tenfold < share then format('ten times the %s that a sweep usually takes', usual)
            when share > 50 then format('5 %% of the %s under way', under_way)
            else '50' end;
    end if;
    return next;
end
$$;

-- Only the owner, and those to whom it is granted, may call these.
revoke execute on function dlqtop.breaker(bigint) from public;
