-- One act of one batch is done to one subject once, however often it is asked for. The guard by state
-- alone does not see to that: a step that was reset, ran and failed again is in `error` again, and an
-- act that is sent once more because its answer was lost would reset it a second time.

-- What the log says of an act that this batch has done before: what the subject became ('' if the log
-- does not say), or null if it is yet to be done. To be asked under the subject's lock. Without an
-- action: of any act of the batch.
create function dlqtop.done_before(p_batch uuid, p_subject uuid, p_action text default null)
returns text
language sql volatile
as $$
    select coalesce(after, '')
    from dlqtop.operator_log
    where batch = p_batch and subject_uuid = p_subject and outcome = 'done'
      and (p_action is null or action = p_action)
    order by log_id desc
    limit 1
$$;
revoke execute on function dlqtop.done_before(uuid, uuid, text) from public;

-- The backstop. The log is never rewritten, so where an older dlqtop has done something twice in one
-- batch, the index begins after it.
do $$
declare
    twice bigint := (
        select max(last) from (
            select max(log_id) as last from dlqtop.operator_log
            where outcome = 'done' and batch is not null and subject_uuid is not null
            group by batch, subject_uuid, action having count(*) > 1) repeated);
begin
    execute 'create unique index act_is_done_once on dlqtop.operator_log (batch, subject_uuid, action)
             where outcome = ''done'' and batch is not null'
        || coalesce(' and log_id > ' || twice, '');
end
$$;

-- Locks a task and compares it with what the operator saw. Null if it is as seen; else the answer
-- to give, which is in the log already.
create or replace function guard_task(
    p_action text, p_task uuid, p_seen text, p_actor text, p_reason text, p_batch uuid)
returns act_result
language plpgsql
as $$
declare
    present tasker_task_transitions;
    before  text;
begin
    perform require_actor_and_reason(p_actor, p_reason);
    perform from tasker_tasks where task_uuid = p_task for no key update;
    if not found then
        raise exception 'there is no task %', p_task using errcode = 'no_data_found';
    end if;
    before := dlqtop.done_before(p_batch, p_task, p_action);
    if before is not null then
        return ('done', before, null, null)::act_result;
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

-- The same for a step: its task is locked first, as every writer does, then the step.
create or replace function guard_step(
    p_action text, p_step uuid, p_seen text, p_actor text, p_reason text, p_batch uuid)
returns act_result
language plpgsql
as $$
declare
    task    uuid;
    present tasker_workflow_step_transitions;
    before  text;
begin
    perform require_actor_and_reason(p_actor, p_reason);
    select task_uuid into task from tasker_workflow_steps where workflow_step_uuid = p_step;
    perform from tasker_tasks where task_uuid = task for no key update;
    perform from tasker_workflow_steps where workflow_step_uuid = p_step for no key update;
    if not found then
        raise exception 'there is no step %', p_step using errcode = 'no_data_found';
    end if;
    before := dlqtop.done_before(p_batch, p_step, p_action);
    if before is not null then
        -- of limits the log has the numbers; the step's state is what it was asked for in
        return ('done', case when p_action = 'set_limits' then p_seen else before end, null, null)::act_result;
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

create or replace function update_investigation(
    p_entry uuid, p_seen_version int, p_to text, p_actor text, p_notes text,
    p_metadata jsonb default '{}', p_batch uuid default null)
returns act_result
language plpgsql security definer
set search_path = pg_catalog, public, dlqtop, pg_temp
as $$
declare
    entry tasker_tasks_dlq;
    title text;
    before text;
begin
    perform require_actor_and_reason(p_actor, p_notes);
    select * into entry from tasker_tasks_dlq where dlq_entry_uuid = p_entry for update;
    if not found then
        raise exception 'there is no entry %', p_entry using errcode = 'no_data_found';
    end if;
    if p_to not in ('manually_resolved', 'permanently_failed', 'cancelled') then
        raise exception 'an investigation is closed as manually_resolved, permanently_failed or cancelled, not %',
            p_to using errcode = 'check_violation', constraint = 'resolution_is_known';
    end if;
    before := dlqtop.done_before(p_batch, p_entry, 'close_entry');
    if before is not null then
        return ('done', before, null, null)::act_result;
    end if;
    title := task_title(entry.task_uuid);
    if entry.version <> p_seen_version or entry.resolution_status <> 'pending' then
        perform dlqtop.log_act(
            p_actor, 'close_entry', title, p_entry, entry.task_uuid, p_notes, p_batch,
            'version ' || p_seen_version, entry.resolution_status::text, 'changed meanwhile',
            p_entry);
        return (
            'changed',
            entry.resolution_status::text,
            coalesce(
                (select l.actor from dlqtop.operator_log l
                 where l.entry = p_entry and l.outcome = 'done' order by l.at desc, l.log_id desc
                 limit 1),
                entry.resolved_by),
            entry.updated_at)::act_result;
    end if;
    update tasker_tasks_dlq
    set resolution_status = p_to::dlq_resolution_status,
        resolution_timestamp = now(),
        resolution_notes = p_notes,
        resolved_by = p_actor,
        metadata = metadata || coalesce(p_metadata, '{}'),
        version = version + 1,
        updated_at = now()
    where dlq_entry_uuid = p_entry;
    delete from dlqtop.claims where claims.entry = p_entry;
    delete from dlqtop.snoozes where snoozes.entry = p_entry;
    perform dlqtop.log_act(
        p_actor, 'close_entry', title, p_entry, entry.task_uuid, p_notes, p_batch,
        'pending', p_to, 'done', p_entry);
    return ('done', p_to, null, null)::act_result;
end
$$;

create or replace function reopen_investigation(
    p_entry uuid, p_seen_version int, p_actor text, p_reason text, p_batch uuid default null)
returns act_result
language plpgsql security definer
set search_path = pg_catalog, public, dlqtop, pg_temp
as $$
declare
    closed tasker_tasks_dlq;
    newer  uuid;
    before text;
begin
    perform require_actor_and_reason(p_actor, p_reason);
    -- the task first: whoever archives it or opens another entry waits here
    perform from tasker_tasks t
    join tasker_tasks_dlq d using (task_uuid)
    where d.dlq_entry_uuid = p_entry
    for no key update of t;
    select * into closed from tasker_tasks_dlq where dlq_entry_uuid = p_entry for update;
    if not found then
        raise exception 'there is no entry %', p_entry using errcode = 'no_data_found';
    end if;
    before := dlqtop.done_before(p_batch, p_entry, 'reopen_entry');
    if before is not null then
        return ('done', before, null, null)::act_result;
    end if;
    if closed.version <> p_seen_version then
        perform dlqtop.log_act(
            p_actor, 'reopen_entry', task_title(closed.task_uuid), p_entry, closed.task_uuid,
            p_reason, p_batch, 'version ' || p_seen_version, closed.resolution_status::text,
            'changed meanwhile', p_entry);
        return ('changed', closed.resolution_status::text, closed.resolved_by, closed.updated_at)::act_result;
    end if;
    select dlq_entry_uuid into newer from tasker_tasks_dlq
    where task_uuid = closed.task_uuid and resolution_status = 'pending';
    if newer is not null then
        raise exception 'the task already has a pending entry (%): work on that one', newer
            using errcode = 'unique_violation', constraint = 'task_has_one_pending_entry';
    end if;
    update tasker_tasks_dlq
    set resolution_status = 'pending', resolution_timestamp = null, resolved_by = null,
        version = version + 1, updated_at = now()
    where dlq_entry_uuid = p_entry;
    perform dlqtop.log_act(
        p_actor, 'reopen_entry', task_title(closed.task_uuid), p_entry, closed.task_uuid, p_reason,
        p_batch, closed.resolution_status::text, 'pending', 'done', p_entry);
    return ('done', 'pending', null, null)::act_result;
end
$$;

create or replace function add_investigation_note(
    p_entry uuid, p_actor text, p_body text, p_batch uuid default null)
returns act_result
language plpgsql security definer
set search_path = pg_catalog, public, dlqtop, pg_temp
as $$
declare
    annotated tasker_tasks_dlq;
begin
    perform require_actor_and_reason(p_actor, p_body);
    -- locked only so that the same note, sent twice at once, waits for itself
    select * into annotated from tasker_tasks_dlq where dlq_entry_uuid = p_entry
    for no key update;
    if not found then
        raise exception 'there is no entry %', p_entry using errcode = 'no_data_found';
    end if;
    if dlqtop.done_before(p_batch, p_entry, 'add_note') is not null then
        return ('done', annotated.resolution_status::text, null, null)::act_result;
    end if;
    insert into dlqtop.notes (entry, author, body) values (p_entry, p_actor, p_body);
    perform dlqtop.log_act(
        p_actor, 'add_note', task_title(annotated.task_uuid), p_entry, annotated.task_uuid, p_body,
        p_batch, null, null, 'done', p_entry);
    return ('done', annotated.resolution_status::text, null, null)::act_result;
end
$$;

-- What has become of the steps that a batch has retried: whether each has failed again since.
create view v_retried_steps as
select
    l.batch,
    s.workflow_step_uuid,
    st.to_state as current_state,
    st.to_state in ('error', 'waiting_for_retry', 'enqueued_as_error_for_orchestration')
        or exists (
            select from tasker_workflow_step_transitions f
            where f.workflow_step_uuid = s.workflow_step_uuid
              and f.to_state in ('error', 'waiting_for_retry', 'enqueued_as_error_for_orchestration')
              and f.created_at > l.at) as failed_again,
    s.last_error
from dlqtop.operator_log l
join tasker_workflow_steps s on s.workflow_step_uuid = l.subject_uuid
join tasker_workflow_step_transitions st
    on st.workflow_step_uuid = s.workflow_step_uuid and st.most_recent
where l.outcome = 'done' and l.batch is not null and l.action = 'reset_for_retry';

-- And of the tasks that it has put back to work: whether a step of theirs has been done since.
create view v_resumed_tasks as
select
    l.batch,
    t.task_uuid,
    tr.to_state as current_state,
    exists (
        select from tasker_workflow_steps s
        join tasker_workflow_step_transitions st using (workflow_step_uuid)
        where s.task_uuid = t.task_uuid and st.to_state = 'complete' and st.created_at > l.at)
        as moved_on,
    (select s.last_error from tasker_workflow_steps s
     where s.task_uuid = t.task_uuid and s.last_error is not null
     order by s.last_failure_at desc nulls last limit 1) as last_error
from dlqtop.operator_log l
join tasker_tasks t on t.task_uuid = l.subject_uuid
join tasker_task_transitions tr on tr.task_uuid = t.task_uuid and tr.most_recent
where l.outcome = 'done' and l.batch is not null and l.action = 'resume_task';

select dlqtop.grant_roles();
