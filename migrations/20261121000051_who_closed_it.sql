-- Who comes second is told who closed or reopened the entry, not who has written a note since.
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
                entry.resolved_by,
                (select l.actor from dlqtop.operator_log l
                 where l.entry = p_entry and l.outcome = 'done'
                   and l.action in ('close_entry', 'reopen_entry')
                 order by l.at desc, l.log_id desc
                 limit 1)),
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
