-- The task of task.sql once more, a second younger.
set search_path = tasker, public;
insert into tasks (named_task_uuid, requested_at, identity_hash, created_at, updated_at, correlation_id)
select named_task_uuid, requested_at, 'y', created_at + interval '1 s', updated_at, gen_random_uuid()
from tasks;
insert into workflow_steps
    (task_uuid, named_step_uuid, attempts, max_attempts, processed, created_at, updated_at, results)
select t.task_uuid, s.named_step_uuid, s.attempts, s.max_attempts, s.processed, s.created_at, s.updated_at, s.results
from tasks t
cross join workflow_steps s
where t.identity_hash = 'y';
insert into workflow_step_transitions
    (workflow_step_uuid, from_state, to_state, sort_key, most_recent, metadata, created_at, updated_at)
select own.workflow_step_uuid, tr.from_state, tr.to_state, tr.sort_key, tr.most_recent, tr.metadata, tr.created_at,
       tr.updated_at
from tasks t
join workflow_steps own using (task_uuid)
join workflow_steps other on other.named_step_uuid = own.named_step_uuid and other.task_uuid <> own.task_uuid
join workflow_step_transitions tr on tr.workflow_step_uuid = other.workflow_step_uuid
where t.identity_hash = 'y';
insert into task_transitions
    (task_uuid, from_state, to_state, sort_key, most_recent, transition_metadata, created_at, updated_at)
select t.task_uuid, tr.from_state, tr.to_state, tr.sort_key, tr.most_recent, tr.transition_metadata, tr.created_at,
       tr.updated_at
from tasks t
cross join task_transitions tr
where t.identity_hash = 'y';
insert into tasks_dlq (task_uuid, original_state, dlq_reason, dlq_timestamp, task_snapshot, metadata)
select t.task_uuid, d.original_state, d.dlq_reason, d.dlq_timestamp, d.task_snapshot, d.metadata
from tasks t
cross join tasks_dlq d
where t.identity_hash = 'y';
reset search_path;
