-- Under which incident it was done. Whoever unlocks a profile names one; the program sets it for the
-- transaction (`dlqtop.incident`), and every line of the log that is written in it has it. No function
-- that acts has to pass it on, and none can forget it.

create function dlqtop.incident() returns text
language sql stable
as $$
    select nullif(left(btrim(current_setting('dlqtop.incident', true)), 64), '')
$$;

create or replace function dlqtop.log_act(
    p_actor text, p_action text, p_subject text, p_subject_uuid uuid, p_task uuid, p_reason text,
    p_batch uuid, p_before text, p_after text, p_outcome text, p_entry uuid default null)
returns void
language sql
as $$
    insert into dlqtop.operator_log
        (actor, action, subject, subject_uuid, task_uuid, entry, reason, incident, batch, before,
         after, outcome)
    values
        (p_actor, p_action, p_subject, p_subject_uuid, p_task,
         coalesce(p_entry, (select dlq_entry_uuid from tasker_tasks_dlq
                            where task_uuid = p_task and resolution_status = 'pending')),
         p_reason, dlqtop.incident(), p_batch, p_before, p_after, p_outcome)
$$;

-- Keeps what no function that acts can tell: an act that the database refused, and that a profile
-- was unlocked or locked again. Who did what, to what, why, and how it ended; never that anything
-- was done to a task. Nothing is kept for an actor or a reason that is blank: that was the refusal.
create or replace function log_refused_act(
    p_actor text, p_action text, p_subject text, p_subject_uuid uuid, p_reason text, p_batch uuid,
    p_outcome text)
returns void
language sql security definer
set search_path = pg_catalog, public, dlqtop, pg_temp
as $$
    insert into dlqtop.operator_log
        (actor, action, subject, subject_uuid, reason, incident, batch, outcome)
    select p_actor, p_action, p_subject, p_subject_uuid, p_reason, dlqtop.incident(), p_batch,
           left(p_outcome, 500)
    where p_actor ~ '\S' and p_reason ~ '\S' and p_outcome not in ('done', 'changed meanwhile')
$$;
