-- Which steps may run, what holds the others up, and what that makes of the task.

-- min(base * 2^(attempts - 1), max), in milliseconds; the exponent is capped before it overflows.
create function step_backoff(p_attempts int, p_base_ms int, p_max_ms int) returns interval
language sql immutable parallel safe
as $$
    select least(p_base_ms * 2 ^ least(greatest(p_attempts, 1) - 1, 40), p_max_ms)
           * interval '1 millisecond'
$$;

create function step_readiness(p_task uuid)
returns table (
    workflow_step_uuid     uuid,
    step_name              text,
    step_number            int,
    current_state          text,
    state_since            timestamptz,
    dependencies_satisfied boolean,
    retry_eligible         boolean,
    ready_for_execution    boolean,
    attempts               int,
    max_attempts           int,
    timeout_seconds        int,
    total_parents          bigint,
    satisfied_parents      bigint,
    last_failure_at        timestamptz,
    next_retry_at          timestamptz,
    last_error             text,
    parents                text[],
    blocked_by             text[]
)
language sql stable
as $$
    with recursive steps as (
        select s.*, t.to_state as state, t.created_at as since
        from tasker_workflow_steps s
        join tasker_workflow_step_transitions t
            on t.workflow_step_uuid = s.workflow_step_uuid and t.most_recent
        where s.task_uuid = p_task
    ),
    parents as (
        select
            e.child_step_uuid,
            count(*) as total,
            count(*) filter (where p.state in ('complete', 'resolved_manually')) as satisfied,
            array_agg(p.step_name order by p.step_number, p.step_name) as names
        from tasker_workflow_step_edges e
        join steps p on p.workflow_step_uuid = e.parent_step_uuid
        group by e.child_step_uuid
    ),
    -- Upwards from each step, past ancestors that merely wait, to those that will not move by
    -- themselves: in error, cancelled, or retrying without attempts left. `union` ends on cycles.
    upwards (step, ancestor) as (
        select e.child_step_uuid, e.parent_step_uuid
        from tasker_workflow_step_edges e
        join steps s on s.workflow_step_uuid = e.child_step_uuid
        where s.state not in ('complete', 'resolved_manually')
        union
        select u.step, e.parent_step_uuid
        from upwards u
        join steps a on a.workflow_step_uuid = u.ancestor and a.state = 'pending'
        join tasker_workflow_step_edges e on e.child_step_uuid = u.ancestor
    ),
    blockers as (
        select u.step, array_agg(a.step_name order by a.step_number, a.step_name) as names
        from upwards u
        join steps a on a.workflow_step_uuid = u.ancestor
        where a.state in ('error', 'cancelled')
           or (a.state = 'waiting_for_retry'
               and not (a.retryable and a.attempts < a.max_attempts))
        group by u.step
    ),
    judged as (
        select
            s.*,
            coalesce(p.total, 0) as total,
            coalesce(p.satisfied, 0) as satisfied,
            coalesce(p.names, '{}') as parent_names,
            coalesce(b.names, '{}') as blocker_names,
            (s.attempts = 0 or (s.retryable and s.attempts < s.max_attempts)) as eligible
        from steps s
        left join parents p on p.child_step_uuid = s.workflow_step_uuid
        left join blockers b on b.step = s.workflow_step_uuid
    )
    select
        j.workflow_step_uuid,
        j.step_name,
        j.step_number,
        j.state,
        j.since,
        j.total = j.satisfied,
        j.eligible,
        j.state in ('pending', 'waiting_for_retry')
            and j.total = j.satisfied
            and j.eligible
            and coalesce(j.next_retry_at <= now(), true),
        j.attempts,
        j.max_attempts,
        j.timeout_seconds,
        j.total,
        j.satisfied,
        j.last_failure_at,
        j.next_retry_at,
        j.last_error,
        j.parent_names,
        j.blocker_names
    from judged j
    order by j.step_number, j.step_name
$$;

-- The state the steps ask for; a task without steps is complete.
create function task_state_by_steps(p_task uuid) returns text
language sql stable
as $$
    select case
        when bool_and(current_state in ('complete', 'resolved_manually')) is not false
            then 'complete'
        when bool_or(ready_for_execution) then 'enqueuing_steps'
        when bool_or(current_state in ('enqueued', 'in_progress', 'enqueued_for_orchestration',
                                       'enqueued_as_error_for_orchestration'))
            then 'steps_in_process'
        when bool_or(current_state = 'waiting_for_retry' and retry_eligible)
            then 'waiting_for_retry'
        -- a step that was called off is not satisfied: what needs it, the task included, is stuck
        when bool_or(current_state in ('error', 'waiting_for_retry', 'cancelled')
                     or blocked_by <> '{}')
            then 'blocked_by_failures'
        else 'waiting_for_dependencies'
    end
    from step_readiness(p_task)
$$;

-- The states between `p_from` and `p_to`, both ends left out of the walk: the first is where the
-- task is, the last is appended. Everything meets in evaluating_results.
create function task_path(p_from text, p_to text) returns text[]
language sql immutable parallel safe
as $$
    select case
        when p_from = p_to then '{}'
        when p_from in ('waiting_for_retry', 'blocked_by_failures')
            and p_to in ('enqueuing_steps', 'steps_in_process')
            then array['enqueuing_steps']
        when p_from in ('pending', 'initializing', 'enqueuing_steps')
            and p_to in ('enqueuing_steps', 'steps_in_process')
            then '{}'
        else
            case p_from
                when 'pending' then
                    array['initializing', 'enqueuing_steps', 'steps_in_process', 'evaluating_results']
                when 'initializing' then
                    array['enqueuing_steps', 'steps_in_process', 'evaluating_results']
                when 'enqueuing_steps' then array['steps_in_process', 'evaluating_results']
                when 'waiting_for_retry' then
                    array['enqueuing_steps', 'steps_in_process', 'evaluating_results']
                when 'blocked_by_failures' then
                    array['enqueuing_steps', 'steps_in_process', 'evaluating_results']
                when 'steps_in_process' then array['evaluating_results']
                when 'waiting_for_dependencies' then array['evaluating_results']
                when 'error' then array['waiting_for_dependencies', 'evaluating_results']
                else '{}'
            end
            || case when p_to = 'steps_in_process'
                    then array['enqueuing_steps', 'steps_in_process'] else array[p_to] end
    end::text[]
$$;

-- Brings the task to the state its steps ask for, one allowed transition at a time, and returns
-- the state it is in then. `p_operator` is the operator who caused it, else null: only then may a
-- task leave `error`, and only then does the lifetime's grace period begin anew.
create function reevaluate_task(
    p_task uuid, p_processor text default 'reevaluate_task', p_operator text default null)
returns text
language plpgsql
as $$
declare
    present text;
    target  text;
    next    text;
    why     text := 'steps changed';
    meta    jsonb := '{}';
begin
    perform from tasker_tasks where task_uuid = p_task for no key update;
    present := task_state(p_task);
    if present is null or present in ('complete', 'cancelled', 'resolved_manually')
        or (present = 'error' and p_operator is null) then
        return present;
    end if;
    if p_operator is not null then
        why := 'operator acted on a step';
        meta := jsonb_build_object('operator', p_operator);
    end if;
    target := task_state_by_steps(p_task);
    -- Blocked as before: an error stays an error rather than going round in a circle.
    if present = 'error' and target in ('blocked_by_failures') then
        return present;
    end if;
    foreach next in array task_path(present, target) loop
        perform transition_task(
            p_task, present, next, p_processor, why, meta, p_operator is not null);
        present := next;
    end loop;
    return present;
end
$$;
