-- A bare transition: compare and swap under the row's lock, and nothing else. The body is that of the native
-- schema's first `transition_task`.
create schema bare;

create function bare.transition_task(
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
    if not dlqtop.task_transition_allowed(p_seen, p_to, p_by_operator) then
        perform dlqtop.refuse_transition('task', p_seen, p_to);
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
