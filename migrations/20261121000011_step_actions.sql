-- What an operator may do to a step or a task. Each takes the state the operator saw, writes
-- nothing if it has changed since, and says who changed it and when.

-- The answer of every guarded act. outcome: 'done' or 'changed'.
create type act_result as (
    outcome    text,
    now_state  text,
    changed_by text,
    changed_at timestamptz
);

create function require_actor_and_reason(p_actor text, p_reason text) returns void
language plpgsql
as $$
begin
    if coalesce(p_actor, '') !~ '\S' then
        raise exception 'say who you are: the actor is blank' using errcode = 'invalid_parameter_value';
    end if;
    if coalesce(p_reason, '') !~ '\S' then
        raise exception 'say why: the reason is blank' using errcode = 'invalid_parameter_value';
    end if;
end
$$;

-- 'payments/charge_order', for logs.
create function task_title(p_task uuid) returns text
language sql stable
as $$
    select ns.name || '/' || nt.name
    from tasker_tasks t
    join tasker_named_tasks nt using (named_task_uuid)
    join tasker_task_namespaces ns using (task_namespace_uuid)
    where t.task_uuid = p_task
$$;

create function dlqtop.log_act(
    p_actor text, p_action text, p_subject text, p_subject_uuid uuid, p_task uuid, p_reason text,
    p_batch uuid, p_before text, p_after text, p_outcome text, p_entry uuid default null)
returns void
language sql
as $$
    insert into dlqtop.operator_log
        (actor, action, subject, subject_uuid, task_uuid, entry, reason, batch, before, after,
         outcome)
    values
        (p_actor, p_action, p_subject, p_subject_uuid, p_task,
         coalesce(p_entry, (select dlq_entry_uuid from tasker_tasks_dlq
                            where task_uuid = p_task and resolution_status = 'pending')),
         p_reason, p_batch, p_before, p_after, p_outcome)
$$;

-- Locks a task and compares it with what the operator saw. Null if it is as seen; else the answer
-- to give, which is in the log already.
create function guard_task(
    p_action text, p_task uuid, p_seen text, p_actor text, p_reason text, p_batch uuid)
returns act_result
language plpgsql
as $$
declare
    present tasker_task_transitions;
begin
    perform require_actor_and_reason(p_actor, p_reason);
    perform from tasker_tasks where task_uuid = p_task for no key update;
    if not found then
        raise exception 'there is no task %', p_task using errcode = 'no_data_found';
    end if;
    select * into present from tasker_task_transitions where task_uuid = p_task and most_recent;
    if present.to_state is not distinct from p_seen then
        return null;
    end if;
    perform dlqtop.log_act(
        p_actor, p_action, task_title(p_task), p_task, p_task, p_reason, p_batch,
        p_seen, present.to_state, 'changed meanwhile');
    return ('changed', present.to_state, present.processor, present.created_at)::act_result;
end
$$;

-- 'payments/charge_order · capture_payment', for logs.
create function step_title(p_step uuid) returns text
language sql stable
as $$
    select task_title(task_uuid) || ' · ' || step_name
    from tasker_workflow_steps where workflow_step_uuid = p_step
$$;

-- The same for a step: its task is locked first, as every writer does, then the step.
create function guard_step(
    p_action text, p_step uuid, p_seen text, p_actor text, p_reason text, p_batch uuid)
returns act_result
language plpgsql
as $$
declare
    task    uuid;
    present tasker_workflow_step_transitions;
begin
    perform require_actor_and_reason(p_actor, p_reason);
    select task_uuid into task from tasker_workflow_steps where workflow_step_uuid = p_step;
    perform from tasker_tasks where task_uuid = task for no key update;
    perform from tasker_workflow_steps where workflow_step_uuid = p_step for no key update;
    if not found then
        raise exception 'there is no step %', p_step using errcode = 'no_data_found';
    end if;
    select * into present from tasker_workflow_step_transitions
    where workflow_step_uuid = p_step and most_recent;
    if present.to_state is not distinct from p_seen then
        return null;
    end if;
    perform dlqtop.log_act(
        p_actor, p_action, step_title(p_step), p_step, task, p_reason, p_batch,
        p_seen, present.to_state, 'changed meanwhile');
    return ('changed', present.to_state, present.processor, present.created_at)::act_result;
end
$$;

-- Nothing of a task that has ended can be put to work again.
create function refuse_ended_task(p_task uuid) returns void
language plpgsql
as $$
begin
    if task_state(p_task) in ('complete', 'cancelled', 'resolved_manually') then
        raise exception 'the task is %: its steps can no longer be changed', task_state(p_task)
            using errcode = 'check_violation', constraint = 'task_has_not_ended';
    end if;
end
$$;

-- reset_for_retry | resolve_manually | complete_manually | cancel
create function act_on_step(
    p_verb text, p_step uuid, p_seen text, p_actor text, p_reason text,
    p_result jsonb default null, p_batch uuid default null)
returns act_result
language plpgsql
as $$
declare
    answer act_result;
    task   uuid;
    target text;
begin
    answer := guard_step(p_verb, p_step, p_seen, p_actor, p_reason, p_batch);
    if answer.outcome is not null then
        return answer;
    end if;
    select task_uuid into task from tasker_workflow_steps where workflow_step_uuid = p_step;
    target := case
        when p_verb = 'reset_for_retry' and p_seen in ('error', 'waiting_for_retry') then 'pending'
        when p_verb = 'resolve_manually'
            and p_seen not in ('complete', 'cancelled', 'resolved_manually')
            then 'resolved_manually'
        when p_verb = 'complete_manually' and p_seen <> 'complete' then 'complete'
        when p_verb = 'cancel' and p_seen not in ('complete', 'resolved_manually', 'cancelled')
            then 'cancelled'
    end;
    if target is null then
        raise exception '% does not apply to a step in %', p_verb, p_seen
            using errcode = 'check_violation', constraint = 'action_applies_to_state';
    end if;
    perform refuse_ended_task(task);
    if p_verb = 'complete_manually' and p_result is null then
        raise exception 'complete_manually needs a result' using errcode = 'invalid_parameter_value';
    end if;

    perform transition_step(
        p_step, p_seen, target, p_actor, p_reason,
        jsonb_build_object('operator', p_actor, 'action', p_verb), true);
    update tasker_workflow_steps
    set attempts = case when p_verb = 'reset_for_retry' then 0 else attempts end,
        next_retry_at = null,
        results = case when p_verb = 'complete_manually' then p_result else results end,
        updated_at = now()
    where workflow_step_uuid = p_step;
    perform dlqtop.log_act(
        p_actor, p_verb, step_title(p_step), p_step, task, p_reason, p_batch, p_seen, target, 'done');
    perform reevaluate_task(task, p_actor, p_actor);
    return ('done', target, null, null)::act_result;
end
$$;

create function reset_for_retry(
    p_step uuid, p_seen text, p_actor text, p_reason text, p_batch uuid default null)
returns act_result language sql
as $$ select act_on_step('reset_for_retry', p_step, p_seen, p_actor, p_reason, null, p_batch) $$;

create function resolve_manually(
    p_step uuid, p_seen text, p_actor text, p_reason text, p_batch uuid default null)
returns act_result language sql
as $$ select act_on_step('resolve_manually', p_step, p_seen, p_actor, p_reason, null, p_batch) $$;

create function complete_manually(
    p_step uuid, p_seen text, p_actor text, p_reason text, p_result jsonb,
    p_batch uuid default null)
returns act_result language sql
as $$ select act_on_step('complete_manually', p_step, p_seen, p_actor, p_reason, p_result, p_batch) $$;

create function cancel_step(
    p_step uuid, p_seen text, p_actor text, p_reason text, p_batch uuid default null)
returns act_result language sql
as $$ select act_on_step('cancel', p_step, p_seen, p_actor, p_reason, null, p_batch) $$;

-- Changes how often a step may run and how long a run may take, for this step only. Null keeps.
create function set_step_limits(
    p_step uuid, p_seen text, p_actor text, p_reason text,
    p_max_attempts int, p_timeout_seconds int, p_batch uuid default null)
returns act_result
language plpgsql
as $$
declare
    answer act_result;
    step   tasker_workflow_steps;
begin
    answer := guard_step('set_limits', p_step, p_seen, p_actor, p_reason, p_batch);
    if answer.outcome is not null then
        return answer;
    end if;
    select * into step from tasker_workflow_steps where workflow_step_uuid = p_step;
    perform refuse_ended_task(step.task_uuid);
    if p_seen in ('complete', 'resolved_manually') then
        raise exception 'the limits of a step in % no longer matter', p_seen
            using errcode = 'check_violation', constraint = 'action_applies_to_state';
    end if;
    update tasker_workflow_steps
    set max_attempts = coalesce(p_max_attempts, max_attempts),
        timeout_seconds = coalesce(p_timeout_seconds, timeout_seconds),
        updated_at = now()
    where workflow_step_uuid = p_step;
    perform dlqtop.log_act(
        p_actor, 'set_limits', step_title(p_step), p_step, step.task_uuid, p_reason, p_batch,
        format('%s attempts, %s s', step.max_attempts, coalesce(step.timeout_seconds::text, 'no')),
        format('%s attempts, %s s', coalesce(p_max_attempts, step.max_attempts),
               coalesce(coalesce(p_timeout_seconds, step.timeout_seconds)::text, 'no')),
        'done');
    perform reevaluate_task(step.task_uuid, p_actor, p_actor);
    return ('done', p_seen, null, null)::act_result;
end
$$;

-- Puts a task in `error` back to work where no step needs anything done to it: a worker finished
-- the step after the sweep had taken the task, or steps still wait in their queue. Its steps say
-- what becomes of it, as after every act.
create function resume_task(
    p_task uuid, p_seen text, p_actor text, p_reason text, p_batch uuid default null)
returns act_result
language plpgsql
as $$
declare
    answer act_result;
    becomes text;
begin
    answer := guard_task('resume_task', p_task, p_seen, p_actor, p_reason, p_batch);
    if answer.outcome is not null then
        return answer;
    end if;
    if p_seen <> 'error' then
        raise exception 'only a task in error is resumed, not one in %', p_seen
            using errcode = 'check_violation', constraint = 'action_applies_to_state';
    end if;
    if task_state_by_steps(p_task) = 'blocked_by_failures' then
        raise exception 'a failed step blocks the task: retry or resolve that step'
            using errcode = 'check_violation', constraint = 'action_applies_to_state';
    end if;
    becomes := reevaluate_task(p_task, p_actor, p_actor);
    perform dlqtop.log_act(
        p_actor, 'resume_task', task_title(p_task), p_task, p_task, p_reason, p_batch,
        p_seen, becomes, 'done');
    return ('done', becomes, null, null)::act_result;
end
$$;

-- Calls off a whole task: every step that is not done, then the task.
create function cancel_task(
    p_task uuid, p_seen text, p_actor text, p_reason text, p_batch uuid default null)
returns act_result
language plpgsql
as $$
declare
    answer act_result;
    step record;
begin
    answer := guard_task('cancel_task', p_task, p_seen, p_actor, p_reason, p_batch);
    if answer.outcome is not null then
        return answer;
    end if;
    for step in
        select s.workflow_step_uuid, st.to_state
        from tasker_workflow_steps s
        join tasker_workflow_step_transitions st
            on st.workflow_step_uuid = s.workflow_step_uuid and st.most_recent
        where s.task_uuid = p_task
          and st.to_state not in ('complete', 'resolved_manually', 'cancelled')
        order by s.workflow_step_uuid
        for no key update of s
    loop
        perform transition_step(
            step.workflow_step_uuid, step_state(step.workflow_step_uuid), 'cancelled', p_actor,
            p_reason, jsonb_build_object('operator', p_actor, 'action', 'cancel_task'), true);
    end loop;
    perform transition_task(
        p_task, p_seen, 'cancelled', p_actor, p_reason,
        jsonb_build_object('operator', p_actor), true);
    perform dlqtop.log_act(
        p_actor, 'cancel_task', task_title(p_task), p_task, p_task, p_reason, p_batch,
        p_seen, 'cancelled', 'done');
    return ('done', 'cancelled', null, null)::act_result;
end
$$;
