-- One task in error: its first step is done, its second has failed three times, its third waits. The
-- investigation's metadata hold what the system's own view reads.
set search_path = tasker, public;
insert into task_namespaces (name, created_at, updated_at) values ('pay', now(), now());
insert into named_tasks (task_namespace_uuid, name, version, created_at, updated_at)
select task_namespace_uuid, 'charge', '1.0.0', now(), now() from task_namespaces;
insert into named_steps (name, created_at, updated_at)
select name, now(), now() from unnest(array['reserve', 'capture', 'receipt']) as name;
insert into tasks (named_task_uuid, requested_at, identity_hash, created_at, updated_at, correlation_id)
select named_task_uuid, now() - interval '1 hour', 'x', now() - interval '1 hour', now(), gen_random_uuid()
from named_tasks;
insert into workflow_steps
    (task_uuid, named_step_uuid, attempts, max_attempts, processed, created_at, updated_at, results)
select t.task_uuid, n.named_step_uuid, case n.name when 'receipt' then null when 'capture' then 3 else 1 end, 3,
       n.name = 'reserve', now() - interval '1 hour', now(),
       case n.name when 'capture' then '{"success": false, "error": {"message": "HTTP 503"}}'::jsonb end
from tasks t
cross join named_steps n;
insert into workflow_step_edges (from_step_uuid, to_step_uuid, name, created_at, updated_at)
select p.workflow_step_uuid, c.workflow_step_uuid, 'provides', now(), now()
from (values ('reserve', 'capture'), ('capture', 'receipt')) e (parent, child)
join named_steps pn on pn.name = e.parent
join named_steps cn on cn.name = e.child
join workflow_steps p on p.named_step_uuid = pn.named_step_uuid
join workflow_steps c on c.named_step_uuid = cn.named_step_uuid;
insert into workflow_step_transitions
    (workflow_step_uuid, from_state, to_state, sort_key, most_recent, metadata, created_at, updated_at)
select s.workflow_step_uuid, p.path[k - 1], p.path[k], k, k = cardinality(p.path),
       case when p.path[k] = 'error'
           then jsonb_build_object('event', '{"type":"Fail","data":"Permanent error: HTTP 503 \u001b[31m at \"gateway\"\nmore"}')
           else '{}' end,
       now() - interval '50 minutes' + k * interval '1 second', now()
from workflow_steps s
join named_steps n using (named_step_uuid)
join (values
    ('reserve', array['pending', 'enqueued', 'in_progress', 'complete']),
    ('capture', array['pending', 'enqueued', 'in_progress', 'error']),
    ('receipt', array['pending'])) p (name, path) on p.name = n.name
cross join generate_series(1, cardinality(p.path)) k;
insert into task_transitions
    (task_uuid, from_state, to_state, sort_key, most_recent, transition_metadata, created_at, updated_at)
select t.task_uuid, p.path[k - 1], p.path[k], k, k = cardinality(p.path), '{}',
       now() - interval '50 minutes' + k * interval '1 second', now()
from tasks t
cross join (values (array['pending', 'initializing', 'enqueuing_steps', 'steps_in_process',
                          'evaluating_results', 'blocked_by_failures', 'error'])) p (path)
cross join generate_series(1, cardinality(p.path)) k;
insert into tasks_dlq (task_uuid, original_state, dlq_reason, dlq_timestamp, task_snapshot, metadata)
select task_uuid, 'blocked_by_failures', 'max_retries_exceeded', now() - interval '30 minutes', '{}',
       '{"time_in_state_minutes": 20, "detection_method": "automatic"}'
from tasks;
reset search_path;
