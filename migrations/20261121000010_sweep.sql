-- The detector's database half. Each chunk is one short statement of the caller's; each task is
-- recorded and failed together or not at all.

-- Enough to investigate after the task has changed.
create function build_task_snapshot(p_task uuid) returns jsonb
language sql stable
as $$
    select jsonb_build_object(
        'task_uuid', t.task_uuid,
        'namespace', ns.name,
        'task_name', nt.name,
        'version', nt.version,
        'current_state', tr.to_state,
        'time_in_state_minutes', round(coalesce(a.time_in_state_minutes, 0)::numeric, 1),
        'threshold_minutes', a.staleness_threshold_minutes,
        'task_age_minutes', round(coalesce(a.task_age_minutes, 0)::numeric, 1),
        'priority', t.priority,
        'correlation_id', t.correlation_id,
        'snapshot_timestamp', now(),
        'lifecycle', nt.configuration -> 'lifecycle',
        'steps', coalesce((
            select jsonb_agg(jsonb_build_object(
                'name', s.step_name,
                'state', s.current_state,
                'attempts', s.attempts,
                'max_attempts', s.max_attempts,
                'last_error', left(s.last_error, 4096),
                'parents', to_jsonb(s.parents)) order by s.step_number, s.step_name)
            from step_readiness(t.task_uuid) s), '[]'))
    from tasker_tasks t
    join tasker_named_tasks nt using (named_task_uuid)
    join tasker_task_namespaces ns using (task_namespace_uuid)
    join tasker_task_transitions tr on tr.task_uuid = t.task_uuid and tr.most_recent
    left join v_task_state_analysis a on a.task_uuid = t.task_uuid
    where t.task_uuid = p_task
$$;

-- Whether the task's steps wait for each other in a circle.
create function task_has_step_cycle(p_task uuid) returns boolean
language sql stable
as $$
    with recursive walk (origin, step) as (
        select e.parent_step_uuid, e.child_step_uuid
        from tasker_workflow_step_edges e
        join tasker_workflow_steps s on s.workflow_step_uuid = e.parent_step_uuid
        where s.task_uuid = p_task
        union
        select w.origin, e.child_step_uuid
        from walk w
        join tasker_workflow_step_edges e on e.parent_step_uuid = w.step
    )
    select exists (select from walk where origin = step)
$$;

-- When anything of the namespace's workers was last heard: a heartbeat or a finished step. One pass
-- over a day's finished steps for all namespaces together.
create view v_namespace_activity as
select
    ns.task_namespace_uuid,
    ns.name as namespace_name,
    (select max(w.last_heartbeat_at) from tasker_workers w
     where w.task_namespace_uuid = ns.task_namespace_uuid) as last_heartbeat_at,
    finished.last_finished_at
from tasker_task_namespaces ns
left join (
    select nt.task_namespace_uuid, max(st.created_at) as last_finished_at
    from tasker_workflow_step_transitions st
    join tasker_workflow_steps s using (workflow_step_uuid)
    join tasker_tasks t using (task_uuid)
    join tasker_named_tasks nt using (named_task_uuid)
    where st.to_state = 'complete' and st.created_at > now() - interval '1 day'
      and not st.metadata ? 'operator'
    group by nt.task_namespace_uuid
) finished using (task_namespace_uuid);

-- What the next sweep would take: each task once, with the reason and what is to be done.
-- `records`: open an entry. `fails`: move the task to error. Ordered by `badness`, worst first.
create view v_sweep_candidates as
-- Materialized, or it would be found out anew for each task.
with silent_namespaces as materialized (
    select n.task_namespace_uuid
    from v_namespace_activity n
    cross join dlqtop.settings conf
    where greatest(n.last_heartbeat_at, n.last_finished_at, '-infinity')
          < now() - conf.worker_silence_minutes * interval '1 minute'
)
select distinct on (task_uuid) c.*
from (
    select
        task_uuid,
        current_state as seen_state,
        case when current_state = 'waiting_for_dependencies' and task_has_step_cycle(task_uuid)
            then 'dependency_cycle_detected' else 'staleness_timeout' end::dlq_reason
            as dlq_reason,
        auto_dlq_on_timeout and pending_entry is null as records,
        auto_fail_on_timeout as fails,
        breach_ratio as badness
    from v_task_staleness_monitoring
    where sweep_takes
    union all
    -- A circle cannot untie itself: no need to wait for the threshold. Walking the edges is dear,
    -- and a task with a step that waits for nothing but its time can still move, so `case` asks
    -- that first: a filter's parts have no order.
    select m.task_uuid, m.current_state, 'dependency_cycle_detected', true,
           m.auto_fail_on_timeout, 1000
    from v_task_staleness_monitoring m
    where m.current_state = 'waiting_for_dependencies'
      and m.health_status in ('healthy', 'warning')
      and m.staleness_action = 'dlq' and m.auto_dlq_on_timeout
      and not task_was_recorded(m.task_uuid, m.state_since, 'dependency_cycle_detected')
      and case
          when exists (
              select from tasker_workflow_steps s
              join tasker_workflow_step_transitions st
                  on st.workflow_step_uuid = s.workflow_step_uuid and st.most_recent
              where s.task_uuid = m.task_uuid and st.to_state = 'pending'
                and not exists (
                    select from tasker_workflow_step_edges e
                    join tasker_workflow_step_transitions p
                        on p.workflow_step_uuid = e.parent_step_uuid and p.most_recent
                    where e.child_step_uuid = s.workflow_step_uuid
                      and p.to_state not in ('complete', 'resolved_manually')))
          then false
          else task_has_step_cycle(m.task_uuid)
      end
    union all
    -- A step has failed, is out of attempts or was called off, and nothing else can move.
    select a.task_uuid, a.current_state, 'max_retries_exceeded', true, true, 500
    from v_task_state_analysis a
    where a.current_state = 'blocked_by_failures'
      and a.staleness_action = 'dlq' and not a.age_suspect
      and not exists (
          select from tasker_tasks_dlq d
          where d.task_uuid = a.task_uuid and d.resolution_status = 'pending')
    union all
    -- Waiting for workers that are not there. Recorded only: the task goes on when they return.
    select a.task_uuid, a.current_state, 'worker_unavailable', true, false, 50
    from v_task_staleness_monitoring a
    join tasker_named_tasks nt using (named_task_uuid)
    join silent_namespaces using (task_namespace_uuid)
    cross join dlqtop.settings conf
    where a.current_state = 'steps_in_process'
      and a.health_status in ('healthy', 'warning')
      and a.staleness_action = 'dlq'
      and not task_was_recorded(a.task_uuid, a.state_since, 'worker_unavailable')
      and exists (
          select from tasker_workflow_steps s
          join tasker_workflow_step_transitions st
              on st.workflow_step_uuid = s.workflow_step_uuid and st.most_recent
          where s.task_uuid = a.task_uuid and st.to_state = 'enqueued'
            and st.created_at < now() - conf.worker_silence_minutes * interval '1 minute')
) c
order by task_uuid, badness desc;

-- Records and fails the given tasks, whose rows the caller has locked. All of them, or, if any
-- one is refused, none: the error goes up.
create function sweep_apply(p_candidates v_sweep_candidates[], p_instance text) returns void
language plpgsql
as $$
begin
    insert into tasker_tasks_dlq
        (task_uuid, original_state, dlq_reason, task_snapshot, metadata)
    select task_uuid, seen_state, dlq_reason, build_task_snapshot(task_uuid),
           jsonb_build_object('detector', p_instance)
    from unnest(p_candidates) where records
    on conflict (task_uuid) where resolution_status = 'pending' do nothing;

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
end
$$;

-- One chunk of a sweep: at most `p_batch_size` tasks, worst first, none of `p_exclude` (what this
-- sweep has already skipped or failed on). Rows that another session holds are skipped, not waited
-- for. A task that cannot be processed is found by halving the chunk and reported as failed; the
-- rest goes through. At most 60 subtransactions, below the 64 that a backend keeps in memory: what
-- is left then is reported as skipped and found by the next sweep.
create function detect_and_transition_stale_tasks(
    p_dry_run boolean default true, p_batch_size int default 100,
    p_instance text default 'dlqtop', p_exclude uuid[] default '{}')
returns table (
    task_uuid uuid, original_state text, dlq_reason text, action_taken text, detail text)
language plpgsql
as $$
#variable_conflict use_column
declare
    found_tasks uuid[];
    held        uuid[];
    fresh       v_sweep_candidates[];
    lows        int[];
    highs       int[];
    low         int;
    high        int;
    middle      int;
    subxacts    int := 0;
    c           v_sweep_candidates;
begin
    if p_dry_run then
        return query
            select c.task_uuid, c.seen_state, c.dlq_reason::text,
                   'would_' || sweep_action(c.records, c.fails), null::text
            from v_sweep_candidates c
            where c.task_uuid <> all (p_exclude)
            order by c.badness desc, c.task_uuid
            limit p_batch_size;
        return;
    end if;

    found_tasks := array(
        select c.task_uuid from v_sweep_candidates c
        where c.task_uuid <> all (p_exclude)
        order by c.badness desc, c.task_uuid
        limit p_batch_size);
    held := array(
        select t.task_uuid
        from tasker_tasks t
        join tasker_task_transitions tr on tr.task_uuid = t.task_uuid and tr.most_recent
        where t.task_uuid = any (found_tasks)
        for no key update of t, tr skip locked);
    -- Under the locks, by the same definition: what has moved on meanwhile is no longer in it.
    fresh := array(
        select c from v_sweep_candidates c where c.task_uuid = any (held)
        order by c.badness desc, c.task_uuid);

    return query
        select f.task_uuid, null::text, null::text, 'skipped', 'moved on, or held by another session'
        from unnest(found_tasks) as f (task_uuid)
        where f.task_uuid not in (select k.task_uuid from unnest(fresh) k);

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
                       'too many failures in this chunk'
                from unnest(fresh[low:high]) k;
            continue;
        end if;
        subxacts := subxacts + 1;
        begin
            perform sweep_apply(fresh[low:high], p_instance);
            return query
                select k.task_uuid, k.seen_state, k.dlq_reason::text,
                       sweep_action(k.records, k.fails), null::text
                from unnest(fresh[low:high]) k;
        exception when others then
            if low = high then
                c := fresh[low];
                return query select c.task_uuid, c.seen_state, c.dlq_reason::text, 'failed', sqlerrm;
            else
                middle := (low + high) / 2;
                lows := lows || array[middle + 1, low];
                highs := highs || array[high, middle];
            end if;
        end;
    end loop;
end
$$;

create function sweep_action(p_records boolean, p_fails boolean) returns text
language sql immutable parallel safe
as $$
    select case
        when p_records and p_fails then 'transitioned_to_dlq_and_error'
        when p_records then 'moved_to_dlq_only'
        else 'transitioned_to_error_only'
    end
$$;
