-- Everything that is read is read through a view, so that looking needs no right on any table.

create view v_settings as select * from dlqtop.settings;

create view v_task_summary as
select
    t.task_uuid,
    ns.task_namespace_uuid,
    ns.name as namespace_name,
    nt.name as task_name,
    nt.version as task_version,
    tr.to_state as current_state,
    tr.created_at as state_since,
    t.created_at,
    t.priority,
    t.correlation_id,
    t.initiator
from tasker_tasks t
join tasker_named_tasks nt using (named_task_uuid)
join tasker_task_namespaces ns using (task_namespace_uuid)
join tasker_task_transitions tr on tr.task_uuid = t.task_uuid and tr.most_recent;

-- Every id that a person may have at hand, and the task it belongs to.
create view v_task_ids as
select task_uuid as id, task_uuid, 'task' as kind, created_at from tasker_tasks
union all
select dlq_entry_uuid, task_uuid, 'entry', created_at from tasker_tasks_dlq
union all
select workflow_step_uuid, task_uuid, 'step', created_at from tasker_workflow_steps
union all
select correlation_id, task_uuid, 'correlation', created_at from tasker_tasks;

-- State changes of tasks and of their steps.
create view v_task_history as
select task_uuid, created_at, null as step_name, from_state, to_state, processor, reason, sort_key
from tasker_task_transitions
union all
select s.task_uuid, st.created_at, s.step_name, st.from_state, st.to_state, st.processor, st.reason,
       st.sort_key
from tasker_workflow_steps s
join tasker_workflow_step_transitions st using (workflow_step_uuid);

create view v_dlq_entries as
select
    dlq_entry_uuid, task_uuid, original_state, dlq_reason, dlq_timestamp, task_snapshot,
    resolution_status, resolution_timestamp, resolution_notes, resolved_by, version
from tasker_tasks_dlq;

create view v_dlq_notes as
select n.note_id, d.task_uuid, n.entry as dlq_entry_uuid, n.author, n.body, n.at
from tasker_tasks_dlq d
join dlqtop.notes n on n.entry = d.dlq_entry_uuid;

create view v_operator_log as
select
    log_id, at, actor, action, source, subject, subject_uuid, task_uuid, entry, reason, incident,
    batch, before, after, outcome
from dlqtop.operator_log;

-- `step_readiness` for who may only look.
create function task_steps(p_task uuid)
returns table (
    workflow_step_uuid uuid, step_name text, step_number int, current_state text,
    state_since timestamptz, dependencies_satisfied boolean, retry_eligible boolean,
    ready_for_execution boolean, attempts int, max_attempts int, timeout_seconds int,
    total_parents bigint, satisfied_parents bigint, last_failure_at timestamptz,
    next_retry_at timestamptz, last_error text, parents text[], blocked_by text[])
language sql stable security definer
set search_path = pg_catalog, public, dlqtop, pg_temp
as $$
    select * from step_readiness(p_task)
$$;
revoke execute on function task_steps(uuid) from public;

-- Keeps an act that the database refused: who tried what on what, why, and what stood in the way.
-- Nothing is kept for an actor or a reason that is blank: that was the refusal.
create function log_refused_act(
    p_actor text, p_action text, p_subject text, p_subject_uuid uuid, p_reason text, p_batch uuid,
    p_outcome text)
returns void
language sql security definer
set search_path = pg_catalog, public, dlqtop, pg_temp
as $$
    insert into dlqtop.operator_log (actor, action, subject, subject_uuid, reason, batch, outcome)
    select p_actor, p_action, p_subject, p_subject_uuid, p_reason, p_batch, left(p_outcome, 500)
    where p_actor ~ '\S' and p_reason ~ '\S' and p_outcome not in ('done', 'changed meanwhile')
$$;
revoke execute on function log_refused_act(text, text, text, uuid, text, uuid, text) from public;
