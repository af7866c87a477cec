-- The only ways a state changes. A writer names the state it saw; if that is no longer the
-- present one, nothing is written and the function says so by returning false.
--
-- Lock order, so that no two writers wait for each other: the task's row, then steps' rows.

-- `by_operator` opens the ways out of `error`, which is terminal until an operator acts.
create function task_transition_allowed(p_from text, p_to text, p_by_operator boolean)
returns boolean
language sql immutable parallel safe
as $$
    select case
        when p_from is null then p_to = 'pending'
        when p_to = 'cancelled' then
            p_from not in ('complete', 'cancelled', 'resolved_manually')
            and (p_from <> 'error' or p_by_operator)
        when p_from = 'error' then
            p_by_operator and p_to in ('waiting_for_dependencies', 'enqueuing_steps', 'pending')
        else (p_from, p_to) in (
            ('pending', 'initializing'),
            ('initializing', 'enqueuing_steps'),
            ('enqueuing_steps', 'steps_in_process'),
            ('steps_in_process', 'evaluating_results'),
            ('evaluating_results', 'enqueuing_steps'),
            ('evaluating_results', 'waiting_for_dependencies'),
            ('evaluating_results', 'waiting_for_retry'),
            ('evaluating_results', 'blocked_by_failures'),
            ('evaluating_results', 'complete'),
            ('evaluating_results', 'error'),
            ('waiting_for_dependencies', 'evaluating_results'),
            ('waiting_for_retry', 'enqueuing_steps'),
            ('blocked_by_failures', 'error'),
            ('blocked_by_failures', 'resolved_manually'),
            ('blocked_by_failures', 'enqueuing_steps'),
            -- the sweep's own
            ('waiting_for_dependencies', 'error'),
            ('waiting_for_retry', 'error'),
            ('steps_in_process', 'error'))
    end
$$;

create function step_transition_allowed(p_from text, p_to text, p_by_operator boolean)
returns boolean
language sql immutable parallel safe
as $$
    select case
        when p_from is null then p_to = 'pending'
        when p_to = 'cancelled' then p_from not in ('complete', 'resolved_manually', 'cancelled')
        when p_by_operator and p_to = 'resolved_manually' then
            p_from not in ('complete', 'cancelled', 'resolved_manually')
        when p_by_operator and p_to = 'complete' then p_from <> 'complete'
        else (p_from, p_to) in (
            ('pending', 'enqueued'),
            ('enqueued', 'in_progress'),
            ('in_progress', 'enqueued_for_orchestration'),
            ('in_progress', 'enqueued_as_error_for_orchestration'),
            ('in_progress', 'complete'),
            ('in_progress', 'error'),
            ('in_progress', 'waiting_for_retry'),
            ('enqueued_for_orchestration', 'complete'),
            ('enqueued_as_error_for_orchestration', 'error'),
            ('enqueued_as_error_for_orchestration', 'waiting_for_retry'),
            ('waiting_for_retry', 'pending'),
            ('error', 'pending'))
    end
$$;

create function refuse_transition(p_what text, p_from text, p_to text) returns void
language plpgsql
as $$
begin
    raise exception 'a % cannot go from % to %', p_what, coalesce(p_from, 'nothing'), p_to
        using errcode = 'check_violation', constraint = 'transition_is_allowed';
end
$$;

-- Moves a task from the state the caller saw; false, and nothing written, if it has moved on.
create function transition_task(
    p_task uuid, p_seen text, p_to text, p_processor text,
    p_reason text default null, p_metadata jsonb default '{}', p_by_operator boolean default false)
returns boolean
language plpgsql
as $$
declare
    present tasker_task_transitions;
begin
    perform from tasker_tasks where task_uuid = p_task for no key update;
    select * into present
    from tasker_task_transitions
    where task_uuid = p_task and most_recent
    for update;
    if present.to_state is distinct from p_seen then
        return false;
    end if;
    if not task_transition_allowed(p_seen, p_to, p_by_operator) then
        perform refuse_transition('task', p_seen, p_to);
    end if;
    update tasker_task_transitions set most_recent = false
    where task_transition_uuid = present.task_transition_uuid;
    insert into tasker_task_transitions
        (task_uuid, from_state, to_state, most_recent, sort_key, processor, reason, metadata)
    values
        (p_task, p_seen, p_to, true, coalesce(present.sort_key, 0) + 1, p_processor, p_reason,
         p_metadata);
    if p_to in ('complete', 'resolved_manually', 'cancelled') then
        update tasker_tasks
        set complete = (p_to <> 'cancelled'), completed_at = now(), updated_at = now()
        where task_uuid = p_task;
    end if;
    return true;
end
$$;

-- The same for a step.
create function transition_step(
    p_step uuid, p_seen text, p_to text, p_processor text,
    p_reason text default null, p_metadata jsonb default '{}', p_by_operator boolean default false)
returns boolean
language plpgsql
as $$
declare
    present tasker_workflow_step_transitions;
begin
    perform from tasker_workflow_steps where workflow_step_uuid = p_step for no key update;
    select * into present
    from tasker_workflow_step_transitions
    where workflow_step_uuid = p_step and most_recent
    for update;
    if present.to_state is distinct from p_seen then
        return false;
    end if;
    if not step_transition_allowed(p_seen, p_to, p_by_operator) then
        perform refuse_transition('step', p_seen, p_to);
    end if;
    update tasker_workflow_step_transitions set most_recent = false
    where workflow_step_transition_uuid = present.workflow_step_transition_uuid;
    insert into tasker_workflow_step_transitions
        (workflow_step_uuid, from_state, to_state, most_recent, sort_key, processor, reason,
         metadata)
    values
        (p_step, p_seen, p_to, true, coalesce(present.sort_key, 0) + 1, p_processor, p_reason,
         p_metadata);
    return true;
end
$$;

create function task_state(p_task uuid) returns text
language sql stable
as $$
    select to_state from tasker_task_transitions where task_uuid = p_task and most_recent
$$;

create function step_state(p_step uuid) returns text
language sql stable
as $$
    select to_state from tasker_workflow_step_transitions
    where workflow_step_uuid = p_step and most_recent
$$;
