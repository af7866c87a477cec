-- Opening, closing and annotating investigations. The DLQ never retries anything by itself.

-- Closes a pending entry, or refuses because it has changed since `p_seen_version`.
create function update_investigation(
    p_entry uuid, p_seen_version int, p_to text, p_actor text, p_notes text,
    p_metadata jsonb default '{}', p_batch uuid default null)
returns act_result
language plpgsql
as $$
declare
    entry tasker_tasks_dlq;
    title text;
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

-- Reopens a closed entry, unless a newer one is pending for the same task.
create function reopen_investigation(
    p_entry uuid, p_seen_version int, p_actor text, p_reason text, p_batch uuid default null)
returns act_result
language plpgsql
as $$
declare
    closed tasker_tasks_dlq;
    newer  uuid;
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

-- Notes are append-only and need no guard: two operators' notes do not contradict each other.
create function add_investigation_note(
    p_entry uuid, p_actor text, p_body text, p_batch uuid default null)
returns act_result
language plpgsql
as $$
declare
    annotated tasker_tasks_dlq;
begin
    perform require_actor_and_reason(p_actor, p_body);
    select * into annotated from tasker_tasks_dlq where dlq_entry_uuid = p_entry;
    if not found then
        raise exception 'there is no entry %', p_entry using errcode = 'no_data_found';
    end if;
    insert into dlqtop.notes (entry, author, body) values (p_entry, p_actor, p_body);
    perform dlqtop.log_act(
        p_actor, 'add_note', task_title(annotated.task_uuid), p_entry, annotated.task_uuid, p_body,
        p_batch, null, null, 'done', p_entry);
    return ('done', annotated.resolution_status::text, null, null)::act_result;
end
$$;

-- Opens a manual_dlq investigation. The task itself is left as it is.
create function send_to_dlq(
    p_task uuid, p_seen text, p_actor text, p_reason text, p_batch uuid default null)
returns act_result
language plpgsql
as $$
declare
    answer act_result;
    open_entry uuid;
begin
    answer := guard_task('send_to_dlq', p_task, p_seen, p_actor, p_reason, p_batch);
    if answer.outcome is not null then
        return answer;
    end if;
    select dlq_entry_uuid into open_entry from tasker_tasks_dlq
    where task_uuid = p_task and resolution_status = 'pending';
    if open_entry is not null then
        raise exception 'the task already has a pending entry (%)', open_entry
            using errcode = 'unique_violation', constraint = 'task_has_one_pending_entry';
    end if;
    insert into tasker_tasks_dlq
        (task_uuid, original_state, dlq_reason, task_snapshot, metadata)
    values
        (p_task, p_seen, 'manual_dlq', build_task_snapshot(p_task),
         jsonb_build_object('opened_by', p_actor, 'reason', p_reason))
    returning dlq_entry_uuid into open_entry;
    perform dlqtop.log_act(
        p_actor, 'send_to_dlq', task_title(p_task), p_task, p_task, p_reason, p_batch,
        p_seen, 'pending', 'done', open_entry);
    return ('done', 'pending', null, null)::act_result;
end
$$;
