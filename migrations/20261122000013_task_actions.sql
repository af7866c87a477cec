-- What an operator may do to a step or a task. Each action takes the state the operator saw. If it has
-- changed since, nothing is written, and the answer says who changed it and when. Every action is logged.

-- Locks a task and compares it with what the operator saw. Returns null if it is as seen, else the answer,
-- which is logged already.
create function dlqtop.guard_task(
    p_action text, p_task uuid, p_seen text, p_actor text, p_reason text, p_batch uuid)
returns dlqtop.act_result
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    present public.tasker_task_transitions;
    before  text;
begin
    perform dlqtop.require_actor_and_reason(p_actor, p_reason);
    perform dlqtop.wait_briefly();
    perform from public.tasker_tasks where task_uuid = p_task for no key update;
    if not found then
        raise exception 'there is no task %', p_task using errcode = 'no_data_found';
    end if;
    before := dlqtop.done_before(p_batch, p_task, p_action);
    if before is not null then
        return ('done', before, null, null)::dlqtop.act_result;
    end if;
    select * into present from public.tasker_task_transitions where task_uuid = p_task and most_recent;
    if present.to_state is not distinct from p_seen then
        return null;
    end if;
    perform dlqtop.log_act(
        p_actor, p_action, dlqtop.task_title(p_task), p_task, p_task, p_reason, p_batch,
        p_seen, present.to_state, 'changed meanwhile');
    return ('changed', present.to_state, present.processor, present.created_at)::dlqtop.act_result;
end
$$;

-- The same for a step. Locks its task first, like every writer, then the step.
create function dlqtop.guard_step(
    p_action text, p_step uuid, p_seen text, p_actor text, p_reason text, p_batch uuid)
returns dlqtop.act_result
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    task    uuid;
    present public.tasker_workflow_step_transitions;
    before  text;
begin
    perform dlqtop.require_actor_and_reason(p_actor, p_reason);
    perform dlqtop.wait_briefly();
    select task_uuid into task from public.tasker_workflow_steps where workflow_step_uuid = p_step;
    perform from public.tasker_tasks where task_uuid = task for no key update;
    perform from public.tasker_workflow_steps where workflow_step_uuid = p_step for no key update;
    if not found then
        raise exception 'there is no step %', p_step using errcode = 'no_data_found';
    end if;
    before := dlqtop.done_before(p_batch, p_step, p_action);
    if before is not null then
        -- for limits the log has the numbers; the state is the one the action was requested in
        return ('done', case when p_action = 'set_limits' then p_seen else before end,
                null, null)::dlqtop.act_result;
    end if;
    select * into present from public.tasker_workflow_step_transitions
    where workflow_step_uuid = p_step and most_recent;
    if present.to_state is not distinct from p_seen then
        return null;
    end if;
    perform dlqtop.log_act(
        p_actor, p_action, dlqtop.step_title(p_step), p_step, task, p_reason, p_batch,
        p_seen, present.to_state, 'changed meanwhile');
    return ('changed', present.to_state, present.processor, present.created_at)::dlqtop.act_result;
end
$$;

-- The steps of a task that has ended can no longer be changed.
create function dlqtop.refuse_ended_task(p_task uuid) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
    if dlqtop.task_state(p_task) in ('complete', 'cancelled', 'resolved_manually') then
        raise exception 'the task is %: its steps can no longer be changed', dlqtop.task_state(p_task)
            using errcode = 'check_violation', constraint = 'task_has_not_ended';
    end if;
end
$$;

-- `p_verb`: reset_for_retry, resolve_manually, complete_manually or cancel. The functions below name them.
create function dlqtop.act_on_step(
    p_verb text, p_step uuid, p_seen text, p_actor text, p_reason text,
    p_result jsonb default null, p_batch uuid default null)
returns dlqtop.act_result
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    answer dlqtop.act_result;
    task   uuid;
    target text;
begin
    answer := dlqtop.guard_step(p_verb, p_step, p_seen, p_actor, p_reason, p_batch);
    if answer.outcome is not null then
        return answer;
    end if;
    select task_uuid into task from public.tasker_workflow_steps where workflow_step_uuid = p_step;
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
    perform dlqtop.refuse_ended_task(task);
    if p_verb = 'complete_manually' and p_result is null then
        raise exception 'complete_manually needs a result' using errcode = 'invalid_parameter_value';
    end if;

    perform dlqtop.transition_step(
        p_step, p_seen, target, p_actor, p_reason,
        jsonb_build_object('operator', p_actor, 'action', p_verb), true);
    update public.tasker_workflow_steps
    set attempts = case when p_verb = 'reset_for_retry' then 0 else attempts end,
        next_retry_at = null,
        results = case when p_verb = 'complete_manually' then p_result else results end,
        updated_at = now()
    where workflow_step_uuid = p_step;
    perform dlqtop.log_act(
        p_actor, p_verb, dlqtop.step_title(p_step), p_step, task, p_reason, p_batch, p_seen, target, 'done');
    perform dlqtop.reevaluate_task(task, p_actor, p_actor);
    return ('done', target, null, null)::dlqtop.act_result;
end
$$;

create function public.reset_for_retry(
    p_step uuid, p_seen text, p_actor text, p_reason text, p_batch uuid default null)
returns dlqtop.act_result language sql
begin atomic
    select dlqtop.act_on_step('reset_for_retry', p_step, p_seen, p_actor, p_reason, null, p_batch);
end;

create function public.resolve_manually(
    p_step uuid, p_seen text, p_actor text, p_reason text, p_batch uuid default null)
returns dlqtop.act_result language sql
begin atomic
    select dlqtop.act_on_step('resolve_manually', p_step, p_seen, p_actor, p_reason, null, p_batch);
end;

create function public.complete_manually(
    p_step uuid, p_seen text, p_actor text, p_reason text, p_result jsonb,
    p_batch uuid default null)
returns dlqtop.act_result language sql
begin atomic
    select dlqtop.act_on_step('complete_manually', p_step, p_seen, p_actor, p_reason, p_result, p_batch);
end;

create function dlqtop.cancel_step(
    p_step uuid, p_seen text, p_actor text, p_reason text, p_batch uuid default null)
returns dlqtop.act_result language sql
begin atomic
    select dlqtop.act_on_step('cancel', p_step, p_seen, p_actor, p_reason, null, p_batch);
end;

-- Changes how often this step may run and how long one run may take. Null keeps a limit; a timeout of 0
-- removes it.
create function dlqtop.set_step_limits(
    p_step uuid, p_seen text, p_actor text, p_reason text,
    p_max_attempts int, p_timeout_seconds int, p_batch uuid default null)
returns dlqtop.act_result
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    answer  dlqtop.act_result;
    step    public.tasker_workflow_steps;
    limited public.tasker_workflow_steps;
begin
    if num_nonnulls(p_max_attempts, p_timeout_seconds) = 0 then
        raise exception 'say which limit to change' using errcode = 'invalid_parameter_value';
    end if;
    if p_max_attempts not between 1 and 1000 then
        raise exception 'attempts: a whole number from 1 to 1000'
            using errcode = 'invalid_parameter_value';
    end if;
    if p_timeout_seconds not between 0 and 31536000 then
        raise exception 'timeout: whole seconds, up to a year'
            using errcode = 'invalid_parameter_value';
    end if;
    answer := dlqtop.guard_step('set_limits', p_step, p_seen, p_actor, p_reason, p_batch);
    if answer.outcome is not null then
        return answer;
    end if;
    select * into step from public.tasker_workflow_steps where workflow_step_uuid = p_step;
    perform dlqtop.refuse_ended_task(step.task_uuid);
    if p_seen in ('complete', 'resolved_manually') then
        raise exception 'the limits of a step in % no longer matter', p_seen
            using errcode = 'check_violation', constraint = 'action_applies_to_state';
    end if;
    update public.tasker_workflow_steps
    set max_attempts = coalesce(p_max_attempts, max_attempts),
        timeout_seconds = nullif(coalesce(p_timeout_seconds, timeout_seconds), 0),
        updated_at = now()
    where workflow_step_uuid = p_step
    returning * into limited;
    perform dlqtop.log_act(
        p_actor, 'set_limits', dlqtop.step_title(p_step), p_step, step.task_uuid, p_reason, p_batch,
        format('%s attempts, %s', step.max_attempts,
               coalesce(step.timeout_seconds || ' s', 'no timeout')),
        format('%s attempts, %s', limited.max_attempts,
               coalesce(limited.timeout_seconds || ' s', 'no timeout')),
        'done');
    perform dlqtop.reevaluate_task(step.task_uuid, p_actor, p_actor);
    return ('done', p_seen, null, null)::dlqtop.act_result;
end
$$;

-- Requeues a task in `error` whose steps need no action: a worker finished the step after the sweep had
-- taken the task, or steps are still enqueued. As after every action, the steps decide what state the task
-- gets.
create function dlqtop.resume_task(
    p_task uuid, p_seen text, p_actor text, p_reason text, p_batch uuid default null)
returns dlqtop.act_result
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    answer dlqtop.act_result;
    becomes text;
begin
    answer := dlqtop.guard_task('resume_task', p_task, p_seen, p_actor, p_reason, p_batch);
    if answer.outcome is not null then
        return answer;
    end if;
    if p_seen <> 'error' then
        raise exception 'only a task in error is resumed, not one in %', p_seen
            using errcode = 'check_violation', constraint = 'action_applies_to_state';
    end if;
    if dlqtop.task_state_by_steps(p_task) = 'blocked_by_failures' then
        raise exception 'a failed step blocks the task: retry or resolve that step'
            using errcode = 'check_violation', constraint = 'action_applies_to_state';
    end if;
    becomes := dlqtop.reevaluate_task(p_task, p_actor, p_actor);
    perform dlqtop.log_act(
        p_actor, 'resume_task', dlqtop.task_title(p_task), p_task, p_task, p_reason, p_batch,
        p_seen, becomes, 'done');
    return ('done', becomes, null, null)::dlqtop.act_result;
end
$$;

-- Cancels a whole task: every step that is not done, then the task.
create function dlqtop.cancel_task(
    p_task uuid, p_seen text, p_actor text, p_reason text, p_batch uuid default null)
returns dlqtop.act_result
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    answer dlqtop.act_result;
    step record;
begin
    answer := dlqtop.guard_task('cancel_task', p_task, p_seen, p_actor, p_reason, p_batch);
    if answer.outcome is not null then
        return answer;
    end if;
    for step in
        select s.workflow_step_uuid, st.to_state
        from public.tasker_workflow_steps s
        join public.tasker_workflow_step_transitions st
            on st.workflow_step_uuid = s.workflow_step_uuid and st.most_recent
        where s.task_uuid = p_task
          and st.to_state not in ('complete', 'resolved_manually', 'cancelled')
        order by s.workflow_step_uuid
        for no key update of s
    loop
        perform dlqtop.transition_step(
            step.workflow_step_uuid, dlqtop.step_state(step.workflow_step_uuid), 'cancelled', p_actor,
            p_reason, jsonb_build_object('operator', p_actor, 'action', 'cancel_task'), true);
    end loop;
    perform dlqtop.transition_task(
        p_task, p_seen, 'cancelled', p_actor, p_reason,
        jsonb_build_object('operator', p_actor), true);
    perform dlqtop.log_act(
        p_actor, 'cancel_task', dlqtop.task_title(p_task), p_task, p_task, p_reason, p_batch,
        p_seen, 'cancelled', 'done');
    return ('done', 'cancelled', null, null)::dlqtop.act_result;
end
$$;

-- Opens an entry for a task by hand (manual_dlq).
create function dlqtop.send_to_dlq(
    p_task uuid, p_seen text, p_actor text, p_reason text, p_batch uuid default null)
returns dlqtop.act_result
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    answer dlqtop.act_result;
    open_entry uuid;
begin
    answer := dlqtop.guard_task('send_to_dlq', p_task, p_seen, p_actor, p_reason, p_batch);
    if answer.outcome is not null then
        return answer;
    end if;
    select dlq_entry_uuid into open_entry from public.tasker_tasks_dlq
    where task_uuid = p_task and resolution_status = 'pending';
    if open_entry is not null then
        raise exception 'the task already has a pending entry (%)', open_entry
            using errcode = 'unique_violation', constraint = 'task_has_one_pending_entry';
    end if;
    insert into public.tasker_tasks_dlq
        (task_uuid, original_state, dlq_reason, task_snapshot, metadata)
    values
        (p_task, p_seen, 'manual_dlq', dlqtop.build_task_snapshot(p_task),
         jsonb_build_object('opened_by', p_actor, 'reason', p_reason))
    returning dlq_entry_uuid into open_entry;
    perform dlqtop.log_act(
        p_actor, 'send_to_dlq', dlqtop.task_title(p_task), p_task, p_task, p_reason, p_batch,
        p_seen, 'pending', 'done', open_entry);
    return ('done', 'pending', null, null)::dlqtop.act_result;
end
$$;

-- Whether the steps that a batch has retried have failed again since.
create view public.v_retried_steps as
select
    l.batch,
    s.workflow_step_uuid,
    st.to_state as current_state,
    st.to_state in ('error', 'waiting_for_retry', 'enqueued_as_error_for_orchestration')
        or exists (
            select from public.tasker_workflow_step_transitions f
            where f.workflow_step_uuid = s.workflow_step_uuid
              and f.to_state in ('error', 'waiting_for_retry', 'enqueued_as_error_for_orchestration')
              and f.created_at > l.at) as failed_again,
    s.last_error
from dlqtop.operator_log l
join public.tasker_workflow_steps s on s.workflow_step_uuid = l.subject_uuid
join public.tasker_workflow_step_transitions st
    on st.workflow_step_uuid = s.workflow_step_uuid and st.most_recent
where l.outcome = 'done' and l.batch is not null and l.action = 'reset_for_retry';

-- Whether the tasks that a batch has requeued have completed a step since.
create view public.v_resumed_tasks as
select
    l.batch,
    t.task_uuid,
    tr.to_state as current_state,
    exists (
        select from public.tasker_workflow_steps s
        join public.tasker_workflow_step_transitions st using (workflow_step_uuid)
        where s.task_uuid = t.task_uuid and st.to_state = 'complete' and st.created_at > l.at)
        as moved_on,
    (select s.last_error from public.tasker_workflow_steps s
     where s.task_uuid = t.task_uuid and s.last_error is not null
     order by s.last_failure_at desc nulls last limit 1) as last_error
from dlqtop.operator_log l
join public.tasker_tasks t on t.task_uuid = l.subject_uuid
join public.tasker_task_transitions tr on tr.task_uuid = t.task_uuid and tr.most_recent
where l.outcome = 'done' and l.batch is not null and l.action = 'resume_task';

-- Only the owner, and those to whom it is granted, may call these.
revoke execute on function
    dlqtop.guard_task(text, uuid, text, text, text, uuid), dlqtop.guard_step(text, uuid, text, text, text, uuid),
    dlqtop.refuse_ended_task(uuid), dlqtop.act_on_step(text, uuid, text, text, text, jsonb, uuid),
    public.reset_for_retry(uuid, text, text, text, uuid), public.resolve_manually(uuid, text, text, text, uuid),
    public.complete_manually(uuid, text, text, text, jsonb, uuid),
    dlqtop.cancel_step(uuid, text, text, text, uuid),
    dlqtop.set_step_limits(uuid, text, text, text, int, int, uuid),
    dlqtop.resume_task(uuid, text, text, text, uuid), dlqtop.cancel_task(uuid, text, text, text, uuid),
    dlqtop.send_to_dlq(uuid, text, text, text, uuid)
from public;
