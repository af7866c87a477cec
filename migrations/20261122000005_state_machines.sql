-- The state machines of tasks and steps, and what the steps make of their task.
--
-- Every change of a state goes through transition_task and transition_step, except those of the sweep, which
-- writes whole chunks. A writer names the state it saw; if the state is another one by now, nothing is
-- written and the function returns false.
--
-- All writers lock the task's row first and then the rows of its steps, so that no two wait for each other.

-- `error` is final until an operator acts: `p_by_operator` allows the ways out.
create function dlqtop.task_transition_allowed(p_from text, p_to text, p_by_operator boolean)
returns boolean
language sql immutable parallel safe
begin atomic
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
            -- by the sweep
            ('waiting_for_dependencies', 'error'),
            ('waiting_for_retry', 'error'),
            ('steps_in_process', 'error'))
    end;
end;

create function dlqtop.step_transition_allowed(p_from text, p_to text, p_by_operator boolean)
returns boolean
language sql immutable parallel safe
begin atomic
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
    end;
end;

create function dlqtop.refuse_transition(p_what text, p_from text, p_to text) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
    raise exception 'a % cannot go from % to %', p_what, coalesce(p_from, 'nothing'), p_to
        using errcode = 'check_violation', constraint = 'transition_is_allowed';
end
$$;

-- Moves a task on from the state the caller saw; returns false and writes nothing if it is in another.
create function dlqtop.transition_task(
    p_task uuid, p_seen text, p_to text, p_processor text,
    p_reason text default null, p_metadata jsonb default '{}', p_by_operator boolean default false)
returns boolean
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    present public.tasker_task_transitions;
begin
    perform from public.tasker_tasks where task_uuid = p_task for no key update;
    select * into present
    from public.tasker_task_transitions
    where task_uuid = p_task and most_recent
    for update;
    if present.to_state is distinct from p_seen then
        return false;
    end if;
    if not dlqtop.task_transition_allowed(p_seen, p_to, p_by_operator) then
        perform dlqtop.refuse_transition('task', p_seen, p_to);
    end if;
    update public.tasker_task_transitions set most_recent = false
    where task_transition_uuid = present.task_transition_uuid;
    insert into public.tasker_task_transitions
        (task_uuid, from_state, to_state, most_recent, sort_key, processor, reason, metadata)
    values
        (p_task, p_seen, p_to, true, coalesce(present.sort_key, 0) + 1, p_processor, p_reason,
         p_metadata);
    if p_to in ('complete', 'resolved_manually', 'cancelled') then
        update public.tasker_tasks
        set complete = (p_to <> 'cancelled'), completed_at = now(), updated_at = now()
        where task_uuid = p_task;
    end if;
    return true;
end
$$;

-- The same for a step.
create function dlqtop.transition_step(
    p_step uuid, p_seen text, p_to text, p_processor text,
    p_reason text default null, p_metadata jsonb default '{}', p_by_operator boolean default false)
returns boolean
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    present public.tasker_workflow_step_transitions;
begin
    perform from public.tasker_tasks t
    join public.tasker_workflow_steps s using (task_uuid)
    where s.workflow_step_uuid = p_step
    for no key update of t, s;
    select * into present
    from public.tasker_workflow_step_transitions
    where workflow_step_uuid = p_step and most_recent
    for update;
    if present.to_state is distinct from p_seen then
        return false;
    end if;
    if not dlqtop.step_transition_allowed(p_seen, p_to, p_by_operator) then
        perform dlqtop.refuse_transition('step', p_seen, p_to);
    end if;
    update public.tasker_workflow_step_transitions set most_recent = false
    where workflow_step_transition_uuid = present.workflow_step_transition_uuid;
    insert into public.tasker_workflow_step_transitions
        (workflow_step_uuid, from_state, to_state, most_recent, sort_key, processor, reason,
         metadata)
    values
        (p_step, p_seen, p_to, true, coalesce(present.sort_key, 0) + 1, p_processor, p_reason,
         p_metadata);
    return true;
end
$$;

create function dlqtop.task_state(p_task uuid) returns text
language sql stable
begin atomic
    select to_state from public.tasker_task_transitions where task_uuid = p_task and most_recent;
end;

create function dlqtop.step_state(p_step uuid) returns text
language sql stable
begin atomic
    select to_state from public.tasker_workflow_step_transitions
    where workflow_step_uuid = p_step and most_recent;
end;

-- min(base * 2^(attempts - 1), max), in milliseconds; the exponent is capped before it overflows.
create function dlqtop.step_backoff(p_attempts int, p_base_ms int, p_max_ms int) returns interval
language sql immutable parallel safe
begin atomic
    select least(p_base_ms * 2 ^ least(greatest(p_attempts, 1) - 1, 40), p_max_ms)
           * interval '1 millisecond';
end;

-- Which steps of a task may run, and what blocks the others.
create function public.step_readiness(p_task uuid)
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
begin atomic
    with recursive steps as (
        select s.*, t.to_state as state, t.created_at as since
        from public.tasker_workflow_steps s
        join public.tasker_workflow_step_transitions t
            on t.workflow_step_uuid = s.workflow_step_uuid and t.most_recent
        where s.task_uuid = p_task
    ),
    parents as (
        select
            e.child_step_uuid,
            count(*) as total,
            count(*) filter (where p.state in ('complete', 'resolved_manually')) as satisfied,
            array_agg(p.step_name order by p.step_number, p.step_name) as names
        from public.tasker_workflow_step_edges e
        join steps p on p.workflow_step_uuid = e.parent_step_uuid
        group by e.child_step_uuid
    ),
    -- From each step upwards, past ancestors that only wait, to those that will not move by themselves:
    -- in error, cancelled, or retrying without attempts left. `union` ends on cycles.
    upwards (step, ancestor) as (
        select e.child_step_uuid, e.parent_step_uuid
        from public.tasker_workflow_step_edges e
        join steps s on s.workflow_step_uuid = e.child_step_uuid
        where s.state not in ('complete', 'resolved_manually')
        union
        select u.step, e.parent_step_uuid
        from upwards u
        join steps a on a.workflow_step_uuid = u.ancestor and a.state = 'pending'
        join public.tasker_workflow_step_edges e on e.child_step_uuid = u.ancestor
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
    order by j.step_number, j.step_name;
end;

-- The state that the steps put their task in; a task without steps is complete.
create function dlqtop.task_state_by_steps(p_task uuid) returns text
language sql stable
begin atomic
    select case
        when bool_and(current_state in ('complete', 'resolved_manually')) is not false
            then 'complete'
        when bool_or(ready_for_execution) then 'enqueuing_steps'
        when bool_or(current_state in ('enqueued', 'in_progress', 'enqueued_for_orchestration',
                                       'enqueued_as_error_for_orchestration'))
            then 'steps_in_process'
        when bool_or(current_state = 'waiting_for_retry' and retry_eligible)
            then 'waiting_for_retry'
        -- a cancelled step never satisfies what depends on it, so the task is stuck
        when bool_or(current_state in ('error', 'waiting_for_retry', 'cancelled')
                     or blocked_by <> '{}')
            then 'blocked_by_failures'
        else 'waiting_for_dependencies'
    end
    from public.step_readiness(p_task);
end;

-- The states to go through from `p_from` to `p_to`, without the first and with the last. All ways lead
-- through evaluating_results.
create function dlqtop.task_path(p_from text, p_to text) returns text[]
language sql immutable parallel safe
begin atomic
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
    end::text[];
end;

-- Brings a task to the state that its steps put it in, one allowed transition at a time, and returns the
-- new state. Only with the operator who caused it (`p_operator`) may a task leave `error`, and only then
-- does the grace period of its lifetime begin again.
create function dlqtop.reevaluate_task(
    p_task uuid, p_processor text default 'reevaluate_task', p_operator text default null)
returns text
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    present text;
    target  text;
    next    text;
    why     text := 'steps changed';
    meta    jsonb := '{}';
begin
    perform from public.tasker_tasks where task_uuid = p_task for no key update;
    present := dlqtop.task_state(p_task);
    if present is null or present in ('complete', 'cancelled', 'resolved_manually')
        or (present = 'error' and p_operator is null) then
        return present;
    end if;
    if p_operator is not null then
        why := 'operator acted on a step';
        meta := jsonb_build_object('operator', p_operator);
    end if;
    target := dlqtop.task_state_by_steps(p_task);
    -- Still blocked: it stays in error instead of leaving and entering it again.
    if present = 'error' and target in ('blocked_by_failures') then
        return present;
    end if;
    foreach next in array dlqtop.task_path(present, target) loop
        perform dlqtop.transition_task(
            p_task, present, next, p_processor, why, meta, p_operator is not null);
        present := next;
    end loop;
    return present;
end
$$;

-- `step_readiness` for roles that may only read.
create function dlqtop.task_steps(p_task uuid)
returns table (
    workflow_step_uuid uuid, step_name text, step_number int, current_state text,
    state_since timestamptz, dependencies_satisfied boolean, retry_eligible boolean,
    ready_for_execution boolean, attempts int, max_attempts int, timeout_seconds int,
    total_parents bigint, satisfied_parents bigint, last_failure_at timestamptz,
    next_retry_at timestamptz, last_error text, parents text[], blocked_by text[])
language sql stable security definer
set search_path = pg_catalog, pg_temp
begin atomic
    select * from public.step_readiness(p_task);
end;

-- Only the owner, and those to whom it is granted, may call these.
revoke execute on function
    dlqtop.refuse_transition(text, text, text),
    dlqtop.transition_task(uuid, text, text, text, text, jsonb, boolean),
    dlqtop.transition_step(uuid, text, text, text, text, jsonb, boolean),
    dlqtop.reevaluate_task(uuid, text, text), dlqtop.task_steps(uuid)
from public;
