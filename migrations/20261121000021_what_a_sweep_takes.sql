-- What the sweep over the deadlines may take, and what it writes down of it.

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
