-- The plain formulation of the sweep: the shape that tasker-core's SQL has (the functions of the same
-- names in its migrations/20260110000003_sql_functions.sql), over the same tables. It discovers tasks
-- with the view, once a batch, and then handles them one by one, with functions of one row that each catch
-- their own exceptions: two subtransactions a task. Its snapshot holds the columns of the discovery and four
-- fields of the task, which it reads for that, and no steps.

create function plain.get_stale_tasks_for_dlq(
    p_waiting_for_dependencies int, p_waiting_for_retry int, p_steps_in_process int,
    p_max_lifetime_hours int, p_batch_size int)
returns table (
    task_uuid uuid, namespace_name text, task_name text, current_state text,
    time_in_state_minutes numeric, threshold_minutes int, task_age_minutes numeric)
language plpgsql
as $$
begin
    return query
    select
        a.task_uuid,
        a.namespace_name,
        a.task_name,
        a.current_state,
        a.time_in_state_minutes,
        plain.calculate_staleness_threshold(
            a.current_state, a.template_config, p_waiting_for_dependencies, p_waiting_for_retry,
            p_steps_in_process),
        a.task_age_minutes
    from plain.v_task_state_analysis a
    left join public.tasker_tasks_dlq d
        on d.task_uuid = a.task_uuid and d.resolution_status = 'pending'
    where a.current_state in ('waiting_for_dependencies', 'waiting_for_retry', 'steps_in_process')
      and d.task_uuid is null
      and (a.time_in_state_minutes >= plain.calculate_staleness_threshold(
               a.current_state, a.template_config, p_waiting_for_dependencies, p_waiting_for_retry,
               p_steps_in_process)
           or a.task_age_minutes >= p_max_lifetime_hours * 60)
    order by a.time_in_state_minutes desc
    limit p_batch_size;
end
$$;

create function plain.create_dlq_entry(
    p_task uuid, p_namespace text, p_task_name text, p_state text, p_minutes int, p_threshold int,
    p_reason text)
returns uuid
language plpgsql
as $$
declare
    snapshot jsonb;
    entry    uuid;
begin
    select jsonb_build_object(
        'task_uuid', t.task_uuid,
        'namespace', p_namespace,
        'task_name', p_task_name,
        'current_state', p_state,
        'time_in_state_minutes', p_minutes,
        'threshold_minutes', p_threshold,
        'snapshot_timestamp', now(),
        'task_details', jsonb_build_object(
            'correlation_id', t.correlation_id,
            'priority', t.priority,
            'requested_at', t.requested_at,
            'created_at', t.created_at))
    into snapshot
    from public.tasker_tasks t
    where t.task_uuid = p_task;
    insert into public.tasker_tasks_dlq
        (task_uuid, original_state, dlq_reason, task_snapshot, metadata)
    values (
        p_task,
        p_state,
        p_reason::public.dlq_reason,
        snapshot,
        jsonb_build_object(
            'detection_method', 'automatic_staleness',
            'time_in_state_minutes', p_minutes,
            'threshold_minutes', p_threshold))
    on conflict (task_uuid) where resolution_status = 'pending' do nothing
    returning dlq_entry_uuid into entry;
    return entry;
exception when others then
    raise warning 'no entry for task %: %', p_task, sqlerrm;
    return null;
end
$$;

-- Compare and swap in one statement, with the next sort key.
create function plain.transition_task_state_atomic(
    p_task uuid, p_from text, p_to text, p_metadata jsonb)
returns boolean
language plpgsql
as $$
declare
    next_key int;
    written  int;
begin
    select coalesce(max(sort_key), 0) + 1 into next_key
    from public.tasker_task_transitions where task_uuid = p_task;
    with present as (
        select to_state from public.tasker_task_transitions
        where task_uuid = p_task and most_recent
        for update
    ),
    ended as (
        update public.tasker_task_transitions set most_recent = false
        where task_uuid = p_task and most_recent
          and exists (select from present where to_state = p_from)
        returning task_uuid
    )
    insert into public.tasker_task_transitions
        (task_uuid, from_state, to_state, processor_uuid, transition_metadata, sort_key,
         most_recent, created_at, updated_at)
    select p_task, p_from, p_to, null, p_metadata, next_key, true, now(), now()
    where exists (select from ended);
    get diagnostics written = row_count;
    return written > 0;
end
$$;

create function plain.transition_stale_task_to_error(
    p_task uuid, p_state text, p_namespace text, p_task_name text)
returns boolean
language plpgsql
as $$
begin
    return plain.transition_task_state_atomic(
        p_task, p_state, 'error',
        jsonb_build_object('reason', 'staleness_timeout', 'namespace', p_namespace,
                           'task_name', p_task_name, 'detected_at', now()));
exception when others then
    raise warning 'task % stays: %', p_task, sqlerrm;
    return false;
end
$$;

create function plain.detect_and_transition_stale_tasks(p_dry_run boolean, p_batch_size int)
returns table (
    task_uuid uuid, namespace_name text, task_name text, current_state text,
    time_in_state_minutes int, staleness_threshold_minutes int, action_taken text,
    moved_to_dlq boolean, transition_success boolean)
language plpgsql
as $$
declare
    stale  record;
    entry  uuid;
    failed boolean;
begin
    for stale in
        select * from plain.get_stale_tasks_for_dlq(600, 300, 300, 24, p_batch_size)
    loop
        if p_dry_run then
            entry := null;
            failed := false;
            action_taken := 'would_transition_to_dlq_and_error';
        else
            entry := plain.create_dlq_entry(
                stale.task_uuid, stale.namespace_name, stale.task_name, stale.current_state,
                stale.time_in_state_minutes::int, stale.threshold_minutes, 'staleness_timeout');
            failed := plain.transition_stale_task_to_error(
                stale.task_uuid, stale.current_state, stale.namespace_name, stale.task_name);
            action_taken := case
                when entry is not null and failed then 'transitioned_to_dlq_and_error'
                when entry is not null then 'moved_to_dlq_only'
                when failed then 'transitioned_to_error_only'
                else 'transition_failed'
            end;
        end if;
        return query select
            stale.task_uuid, stale.namespace_name, stale.task_name, stale.current_state,
            stale.time_in_state_minutes::int, stale.threshold_minutes, action_taken,
            entry is not null, failed;
    end loop;
end
$$;
