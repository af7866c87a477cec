-- Claims and snoozes too are done once by one batch: a claim that was asked for again because the
-- answer was lost would begin anew, and the log refuses the second line.

-- Locks an entry and compares it with what the operator saw: still open, and in no other hands. Null if
-- it is so; else the answer to give, which is in the log already. Its own claim stands in nobody's way.
create or replace function guard_entry(
    p_action text, p_entry uuid, p_seen_version int, p_actor text, p_reason text, p_batch uuid,
    p_take_over boolean)
returns act_result
language plpgsql
as $$
declare
    present tasker_tasks_dlq;
    claim   dlqtop.claims;
    answer  act_result;
    before  text;
begin
    perform require_actor_and_reason(p_actor, p_reason);
    select * into present from tasker_tasks_dlq where dlq_entry_uuid = p_entry for no key update;
    if not found then
        raise exception 'there is no entry %', p_entry using errcode = 'no_data_found';
    end if;
    before := dlqtop.done_before(p_batch, p_entry, p_action);
    if before is not null then
        return ('done', before, null, null)::act_result;
    end if;
    select * into claim from dlqtop.claims
    where claims.entry = p_entry and expires_at > now() and owner <> p_actor;
    if present.resolution_status <> 'pending' or present.version <> p_seen_version then
        answer := (
            'changed',
            present.resolution_status::text,
            coalesce(
                (select l.actor from dlqtop.operator_log l
                 where l.entry = p_entry and l.outcome = 'done'
                   and l.action in ('close_entry', 'reopen_entry')
                 order by l.at desc, l.log_id desc
                 limit 1),
                present.resolved_by),
            present.updated_at)::act_result;
    elsif claim.entry is not null and not p_take_over then
        answer := (
            'changed',
            format('owned by %s until %s', claim.owner, clock_in_words(claim.expires_at)),
            claim.owner,
            claim.claimed_at)::act_result;
    else
        return null;
    end if;
    perform dlqtop.log_act(
        p_actor, p_action, task_title(present.task_uuid), p_entry, present.task_uuid, p_reason,
        p_batch, 'version ' || p_seen_version, answer.now_state, 'changed meanwhile', p_entry);
    return answer;
end
$$;
