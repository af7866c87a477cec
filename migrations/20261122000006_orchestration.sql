-- How tasks are created and how workers process them: the functions that an orchestrator, its workers and
-- the demo call.

-- For orchestrators and people. Functions that run with the owner's rights call the one in dlqtop,
-- because a function in public could be dropped and made anew by somebody else.
create function public.reevaluate_task(
    p_task uuid, p_processor text default 'reevaluate_task', p_operator text default null)
returns text
language sql
begin atomic
    select dlqtop.reevaluate_task(p_task, p_processor, p_operator);
end;

-- Creates a task of a template with its steps and edges, which it reads from
-- configuration -> 'steps': [{name, dependencies, timeout_seconds,
-- retry: {retryable, max_attempts, backoff_base_ms, max_backoff_ms}}].
create function dlqtop.create_task(
    p_namespace text, p_template text, p_context jsonb default '{}', p_priority int default 0,
    p_initiator text default null, p_version text default null)
returns uuid
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    template public.tasker_named_tasks;
    task     uuid;
    known    int;
    wanted   int;
begin
    select nt.* into template
    from public.tasker_named_tasks nt
    join public.tasker_task_namespaces ns using (task_namespace_uuid)
    where ns.name = p_namespace and nt.name = p_template
      and (p_version is null or nt.version = p_version)
    order by nt.created_at desc
    limit 1;
    if not found then
        raise exception 'there is no template %/%', p_namespace, p_template
            using errcode = 'no_data_found';
    end if;

    insert into public.tasker_tasks (named_task_uuid, context, priority, initiator)
    values (template.named_task_uuid, p_context, p_priority, p_initiator)
    returning task_uuid into task;
    perform dlqtop.transition_task(task, null, 'pending', coalesce(p_initiator, 'create_task'));

    insert into public.tasker_workflow_steps
        (task_uuid, step_name, step_number, retryable, max_attempts, timeout_seconds,
         backoff_base_ms, max_backoff_ms, inputs)
    select
        task,
        s.step ->> 'name',
        s.n::int,
        coalesce((s.step #>> '{retry,retryable}')::boolean, true),
        coalesce((s.step #>> '{retry,max_attempts}')::int, 3),
        (s.step ->> 'timeout_seconds')::int,
        coalesce((s.step #>> '{retry,backoff_base_ms}')::int, 1000),
        coalesce((s.step #>> '{retry,max_backoff_ms}')::int, 60000),
        p_context
    from jsonb_array_elements(template.configuration -> 'steps') with ordinality as s (step, n);

    insert into public.tasker_workflow_step_transitions
        (workflow_step_uuid, to_state, most_recent, sort_key, processor)
    select workflow_step_uuid, 'pending', true, 1, coalesce(p_initiator, 'create_task')
    from public.tasker_workflow_steps where task_uuid = task;

    insert into public.tasker_workflow_step_edges (parent_step_uuid, child_step_uuid)
    select parent.workflow_step_uuid, child.workflow_step_uuid
    from jsonb_array_elements(template.configuration -> 'steps') as s (step)
    cross join jsonb_array_elements_text(coalesce(s.step -> 'dependencies', '[]')) as d (name)
    join public.tasker_workflow_steps child
        on child.task_uuid = task and child.step_name = s.step ->> 'name'
    join public.tasker_workflow_steps parent
        on parent.task_uuid = task and parent.step_name = d.name;
    get diagnostics known = row_count;

    select count(*) into wanted
    from jsonb_array_elements(template.configuration -> 'steps') as s (step)
    cross join jsonb_array_elements_text(coalesce(s.step -> 'dependencies', '[]'));
    if known <> wanted then
        raise exception 'a step of %/% waits for a step that does not exist',
            p_namespace, p_template using errcode = 'foreign_key_violation';
    end if;
    return task;
end
$$;

-- Enqueues the steps of a task that are ready for workers; returns how many.
create function dlqtop.enqueue_ready_steps(p_task uuid, p_processor text) returns int
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    step record;
    count int := 0;
begin
    for step in select * from public.step_readiness(p_task) where ready_for_execution loop
        if step.current_state = 'waiting_for_retry' then
            perform dlqtop.transition_step(
                step.workflow_step_uuid, 'waiting_for_retry', 'pending', p_processor,
                'backoff is over');
        end if;
        if dlqtop.transition_step(step.workflow_step_uuid, 'pending', 'enqueued', p_processor) then
            count := count + 1;
        end if;
    end loop;
    return count;
end
$$;

-- One pass of the orchestrator: starts new tasks, enqueues steps that have become ready, and goes on with
-- tasks whose backoff is over. Any number of orchestrators may run. Returns how many tasks moved.
create function dlqtop.advance_tasks(p_processor text, p_limit int default 100) returns int
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    candidate record;
    present   text;
    moved     int := 0;
begin
    for candidate in
        select tr.task_uuid, tr.to_state
        from public.tasker_task_transitions tr
        join public.tasker_tasks t using (task_uuid)
        where tr.most_recent
          and (tr.to_state in ('pending', 'initializing', 'enqueuing_steps', 'evaluating_results')
               or (tr.to_state in ('waiting_for_retry', 'waiting_for_dependencies')
                   and exists (
                       select from public.tasker_workflow_steps s
                       join public.tasker_workflow_step_transitions st
                           on st.workflow_step_uuid = s.workflow_step_uuid and st.most_recent
                       where s.task_uuid = tr.task_uuid
                         -- no time set means now, as in step_readiness
                         and ((st.to_state = 'waiting_for_retry'
                               and coalesce(s.next_retry_at <= now(), true)
                               and s.retryable and s.attempts < s.max_attempts)
                              or (st.to_state = 'pending' and s.next_retry_at <= now())))))
        order by t.priority desc, tr.created_at, tr.task_uuid
        limit p_limit
        for no key update of t skip locked
    loop
        present := dlqtop.task_state(candidate.task_uuid);
        if present in ('waiting_for_retry', 'waiting_for_dependencies', 'evaluating_results') then
            present := dlqtop.reevaluate_task(candidate.task_uuid, p_processor);
        end if;
        if present = 'pending' then
            perform dlqtop.transition_task(candidate.task_uuid, 'pending', 'initializing', p_processor);
            present := 'initializing';
        end if;
        if present = 'initializing' then
            perform dlqtop.transition_task(
                candidate.task_uuid, 'initializing', 'enqueuing_steps', p_processor);
            present := 'enqueuing_steps';
        end if;
        if present = 'enqueuing_steps' then
            perform dlqtop.enqueue_ready_steps(candidate.task_uuid, p_processor);
            perform dlqtop.transition_task(
                candidate.task_uuid, 'enqueuing_steps', 'steps_in_process', p_processor);
            -- if no step was ready after all, this finds what the task waits for
            present := dlqtop.reevaluate_task(candidate.task_uuid, p_processor);
        end if;
        if present is distinct from candidate.to_state then
            moved := moved + 1;
        end if;
    end loop;
    return moved;
end
$$;

create function dlqtop.worker_heartbeat(p_worker text, p_namespace text) returns void
language sql
begin atomic
    insert into public.tasker_workers (worker_name, task_namespace_uuid)
    select p_worker, task_namespace_uuid from public.tasker_task_namespaces where name = p_namespace
    on conflict (worker_name) do update
    set last_heartbeat_at = now(), task_namespace_uuid = excluded.task_namespace_uuid;
end;

-- Gives the worker the most urgent enqueued step of the namespace, if there is one, unless its task is in
-- a state that workers do not change. `claim` identifies this run of the step, so that a late answer of an
-- earlier run is not mistaken for this one's. The task is locked before the step, as every writer does: a task
-- that another session has locked is left to the next call.
create function dlqtop.claim_step(p_worker text, p_namespace text)
returns table (
    workflow_step_uuid uuid, task_uuid uuid, step_name text, template text, attempts int,
    max_attempts int, timeout_seconds int, inputs jsonb, claim int)
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
    taken uuid;
begin
    select s.workflow_step_uuid into taken
    from public.tasker_workflow_step_transitions st
    join public.tasker_workflow_steps s on s.workflow_step_uuid = st.workflow_step_uuid
    join public.tasker_tasks t on t.task_uuid = s.task_uuid
    join public.tasker_named_tasks nt using (named_task_uuid)
    join public.tasker_task_namespaces ns using (task_namespace_uuid)
    join public.tasker_task_transitions tr on tr.task_uuid = t.task_uuid and tr.most_recent
    where st.most_recent and st.to_state = 'enqueued'
      and tr.to_state in ('enqueuing_steps', 'steps_in_process', 'evaluating_results',
                          'waiting_for_retry', 'waiting_for_dependencies')
      and ns.name = p_namespace
    order by t.priority desc, st.created_at, s.workflow_step_uuid
    limit 1
    for no key update of t, s skip locked;
    if taken is null
        or not dlqtop.transition_step(taken, 'enqueued', 'in_progress', p_worker) then
        return;
    end if;
    update public.tasker_workflow_steps s
    set attempts = s.attempts + 1, last_attempted_at = now(), next_retry_at = null,
        updated_at = now()
    where s.workflow_step_uuid = taken;
    return query
        select s.workflow_step_uuid, s.task_uuid, s.step_name, nt.name, s.attempts,
               s.max_attempts, s.timeout_seconds, s.inputs, st.sort_key
        from public.tasker_workflow_steps s
        join public.tasker_workflow_step_transitions st
            on st.workflow_step_uuid = s.workflow_step_uuid and st.most_recent
        join public.tasker_tasks t on t.task_uuid = s.task_uuid
        join public.tasker_named_tasks nt using (named_task_uuid)
        where s.workflow_step_uuid = taken;
end
$$;

-- Whether the worker still holds the step by this claim: an operator or the timeout may have taken it
-- away. Without a claim only the name is compared. Locks the task first, like every writer.
create function dlqtop.worker_holds_step(p_step uuid, p_worker text, p_claim int) returns boolean
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    held boolean;
begin
    perform from public.tasker_tasks t
    join public.tasker_workflow_steps s using (task_uuid)
    where s.workflow_step_uuid = p_step
    for no key update of t;
    select to_state = 'in_progress' and processor is not distinct from p_worker
           and (p_claim is null or sort_key = p_claim)
    into held
    from public.tasker_workflow_step_transitions
    where workflow_step_uuid = p_step and most_recent;
    return coalesce(held, false);
end
$$;

-- A worker reports success. Returns false and writes nothing if it no longer holds the step.
create function dlqtop.finish_step(
    p_step uuid, p_worker text, p_results jsonb, p_claim int default null)
returns boolean
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
    if not dlqtop.worker_holds_step(p_step, p_worker, p_claim) then
        return false;
    end if;
    perform dlqtop.transition_step(p_step, 'in_progress', 'complete', p_worker);
    update public.tasker_workflow_steps
    set results = p_results, last_error = null, updated_at = now()
    where workflow_step_uuid = p_step;
    perform dlqtop.reevaluate_task(
        (select task_uuid from public.tasker_workflow_steps where workflow_step_uuid = p_step), p_worker);
    return true;
end
$$;

-- A worker reports a failure: the step is retried later if attempts are left and the failure may be
-- transient, else it goes to `error`.
create function dlqtop.fail_step(
    p_step uuid, p_worker text, p_error text, p_may_pass boolean default true,
    p_claim int default null)
returns boolean
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    step public.tasker_workflow_steps;
    again boolean;
begin
    if not dlqtop.worker_holds_step(p_step, p_worker, p_claim) then
        return false;
    end if;
    select * into step from public.tasker_workflow_steps where workflow_step_uuid = p_step;
    again := p_may_pass and step.retryable and step.attempts < step.max_attempts;
    perform dlqtop.transition_step(
        p_step, 'in_progress', case when again then 'waiting_for_retry' else 'error' end,
        p_worker, left(p_error, 200));
    update public.tasker_workflow_steps
    set last_error = p_error,
        last_failure_at = now(),
        next_retry_at = case when again
            then now() + dlqtop.step_backoff(attempts, backoff_base_ms, max_backoff_ms) end,
        updated_at = now()
    where workflow_step_uuid = p_step;
    perform dlqtop.reevaluate_task(step.task_uuid, p_worker);
    return true;
end
$$;

-- Fails the steps that have run longer than their timeout; returns how many. This locks many tasks, so it
-- waits for none: a task that another session has locked is left to the next call.
create function dlqtop.fail_overdue_steps(p_processor text, p_limit int default 100) returns int
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    overdue record;
    count int := 0;
begin
    for overdue in
        select s.workflow_step_uuid, s.timeout_seconds, st.processor, st.sort_key as claim
        from public.tasker_workflow_step_transitions st
        join public.tasker_workflow_steps s using (workflow_step_uuid)
        join public.tasker_tasks t using (task_uuid)
        where st.most_recent and st.to_state = 'in_progress'
          and s.timeout_seconds is not null
          and st.created_at < now() - s.timeout_seconds * interval '1 second'
        order by st.created_at, s.workflow_step_uuid
        limit p_limit
        for no key update of t skip locked
    loop
        if dlqtop.fail_step(
            overdue.workflow_step_uuid, overdue.processor,
            format('timed out after %s s: worker %s did not answer',
                   overdue.timeout_seconds, coalesce(overdue.processor, 'without a name')),
            true, overdue.claim) then
            count := count + 1;
        end if;
    end loop;
    return count;
end
$$;

-- Only the owner, and those to whom it is granted, may call these.
revoke execute on function
    public.reevaluate_task(uuid, text, text),
    dlqtop.create_task(text, text, jsonb, int, text, text), dlqtop.enqueue_ready_steps(uuid, text),
    dlqtop.advance_tasks(text, int), dlqtop.worker_heartbeat(text, text), dlqtop.claim_step(text, text),
    dlqtop.worker_holds_step(uuid, text, int), dlqtop.finish_step(uuid, text, jsonb, int),
    dlqtop.fail_step(uuid, text, text, boolean, int), dlqtop.fail_overdue_steps(text, int)
from public;
