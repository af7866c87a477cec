-- `bench.open` tasks in error, each with an open entry, most of them recent, from earlier sweeps. A
-- fifth is claimed, some are snoozed, a tenth has a note. And the sweeps of the last thirty days.
--
-- Triggers are disabled, as in a restore.

create temp table stuck on commit drop as
select
    300000000 + e as n,
    bench.id(1, 300000000 + e) as task_uuid,
    t.named_task_uuid,
    t.namespace_name,
    t.task_name,
    now() - 2880 * bench.roll(e, 21) ^ 2 * interval '1 minute' as stopped,
    now() - (2880 * bench.roll(e, 21) ^ 2 + 60 + 660 * bench.roll(e, 22)) * interval '1 minute'
        as created,
    case
        when bench.roll(e, 23) < 0.70 then 'staleness_timeout'
        when bench.roll(e, 23) < 0.90 then 'max_retries_exceeded'
        when bench.roll(e, 23) < 0.97 then 'worker_unavailable'
        when bench.roll(e, 23) < 0.98 then 'dependency_cycle_detected'
        else 'manual_dlq'
    end::dlq_reason as reason
from generate_series(1, current_setting('bench.open')::bigint) e
join bench.templates t on t.t = 1 + floor(20 * bench.roll(e, 1));

insert into tasker_tasks
    (task_uuid, named_task_uuid, correlation_id, context, priority, requested_at, initiator,
     source_system, created_at, updated_at)
select task_uuid, named_task_uuid, bench.id(9, n),
       jsonb_build_object('order', n, 'customer', n % 99991), n % 3, created, 'api', 'bench',
       created, created
from stuck;

insert into tasker_task_transitions
    (task_transition_uuid, task_uuid, from_state, to_state, most_recent, sort_key, processor, reason,
     created_at)
select bench.id(2, 10 * n + k), task_uuid, path[k - 1], path[k], k = 5, k,
       'orchestrator-1', case when k = 5 then reason::text end,
       created + (stopped - created) * (k - 1) / 4
from stuck
cross join (values (array['pending', 'initializing', 'enqueuing_steps', 'steps_in_process',
                          'error'])) p (path)
cross join generate_series(1, 5) k;

create temp table stuck_steps on commit drop as
select
    k.*,
    s,
    bench.id(3, 10 * n + s) as step,
    case s
        when 1 then array['pending', 'enqueued', 'in_progress', 'complete']
        when 2 then array['pending', 'enqueued', 'in_progress', 'error']
        else array['pending']
    end as path
from stuck k
cross join generate_series(1, 3) s;

insert into tasker_workflow_steps
    (workflow_step_uuid, task_uuid, step_name, step_number, attempts, max_attempts, inputs,
     last_error, last_attempted_at, last_failure_at, created_at, updated_at)
select step, task_uuid, 'step_' || s, s, (array[1, 4, 0])[s], 4, jsonb_build_object('order', n),
       case when s = 2 then format(
           E'HTTP 503 from https://gateway.example/v2/captures: no healthy upstream, request req_%s\n'
           'at Gateway.call (gateway.rb:118)', n) end,
       stopped, case when s = 2 then stopped end, created, stopped
from stuck_steps;

insert into tasker_workflow_step_edges (parent_step_uuid, child_step_uuid)
select bench.id(3, 10 * n + s - 1), step from stuck_steps where s > 1;

insert into tasker_workflow_step_transitions
    (workflow_step_transition_uuid, workflow_step_uuid, from_state, to_state, most_recent, sort_key,
     processor, created_at)
select bench.id(4, 100 * n + 10 * s + k), step, path[k - 1], path[k], k = cardinality(path), k,
       'worker-1', created + (stopped - created) * least(s, 2) * k / 8
from stuck_steps
cross join generate_series(1, cardinality(path)) k;

insert into tasker_tasks_dlq
    (dlq_entry_uuid, task_uuid, original_state, dlq_reason, dlq_timestamp, task_snapshot, metadata,
     created_at, updated_at)
select bench.id(5, n), task_uuid, 'steps_in_process', reason, stopped,
       jsonb_build_object('namespace', namespace_name, 'task_name', task_name,
                          'current_state', 'steps_in_process', 'time_in_state_minutes', 31,
                          'threshold_minutes', 30, 'steps', '[]'::jsonb),
       '{"time_in_state_minutes": 31}', stopped, stopped
from stuck;

insert into dlqtop.claims (entry, owner, database_user, claimed_at, expires_at)
select bench.id(5, n), 'ana@ops', session_user, now(), now() + interval '1 day' from stuck where n % 5 = 0;

insert into dlqtop.snoozes (entry, until, snoozed_by)
select bench.id(5, n), now() + interval '1 day', 'ana@ops' from stuck where n % 50 = 1;

insert into dlqtop.notes (entry, author, body, at)
select bench.id(5, n), 'ana@ops', 'the gateway''s status page says they know', now()
from stuck where n % 10 = 2;
