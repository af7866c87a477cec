-- Finished tasks `bench.first` to `bench.last`, evenly spread from `bench.from_days` ago (the first)
-- to `bench.to_days` ago (the last). Tasks that ended in the last three days have all their transitions and
-- three steps; older ones have the first and last transition and one step. Every fifth has been in the
-- dead-letter queue.
--
-- Triggers are disabled, as in a restore.

create temp table finished on commit drop as
select
    f.n,
    bench.id(1, f.n) as task_uuid,
    t.named_task_uuid,
    t.namespace_name,
    t.task_name,
    f.created,
    f.ended,
    f.ended > now() - interval '3 days' as in_full,
    bench.roll(f.n, 3) < 0.03 as by_hand
from (
    select
        n,
        now() - days * interval '1 day' as created,
        now() - days * interval '1 day' + (1 + 29 * bench.roll(n, 2)) * interval '1 minute' as ended
    from generate_series(current_setting('bench.first')::bigint,
                         current_setting('bench.last')::bigint) n
    cross join lateral (
        select current_setting('bench.from_days')::float8
               + (current_setting('bench.to_days')::float8
                  - current_setting('bench.from_days')::float8)
               * (n - current_setting('bench.first')::bigint)
               / (current_setting('bench.last')::bigint
                  - current_setting('bench.first')::bigint + 1) as days) d
) f
join bench.templates t on t.t = 1 + floor(20 * bench.roll(f.n, 1));

insert into tasker_tasks
    (task_uuid, named_task_uuid, correlation_id, context, priority, complete, requested_at,
     completed_at, initiator, source_system, created_at, updated_at)
select task_uuid, named_task_uuid, bench.id(9, n),
       jsonb_build_object('order', n, 'customer', n % 99991), n % 3, true, created, ended, 'api',
       'bench', created, ended
from finished;

insert into tasker_task_transitions
    (task_transition_uuid, task_uuid, from_state, to_state, most_recent, sort_key, processor,
     created_at)
select bench.id(2, 10 * f.n + k), f.task_uuid, path[k - 1], path[k], k = cardinality(path), k,
       'orchestrator-1', f.created + (f.ended - f.created) * (k - 1) / (cardinality(path) - 1)
from finished f
cross join lateral (
    select (case
        when f.in_full then array['pending', 'initializing', 'enqueuing_steps', 'steps_in_process']
        else array['pending'] end)
        || (case
        when f.by_hand and f.in_full then array['blocked_by_failures', 'resolved_manually']
        when f.by_hand then array['resolved_manually']
        when f.in_full then array['evaluating_results', 'complete']
        else array['complete'] end) as path) p
cross join generate_series(1, cardinality(path)) k;

insert into tasker_workflow_steps
    (workflow_step_uuid, task_uuid, step_name, step_number, attempts, inputs, results,
     last_attempted_at, created_at, updated_at)
select bench.id(3, 10 * n + s), task_uuid, 'step_' || s, s, 1,
       jsonb_build_object('order', n), '{"status": "ok"}', ended, created, ended
from finished
cross join generate_series(1, case when in_full then 3 else 1 end) s;

insert into tasker_workflow_step_edges (parent_step_uuid, child_step_uuid)
select bench.id(3, 10 * n + s - 1), bench.id(3, 10 * n + s)
from finished
cross join generate_series(2, 3) s
where in_full;

insert into tasker_workflow_step_transitions
    (workflow_step_transition_uuid, workflow_step_uuid, from_state, to_state, most_recent, sort_key,
     processor, created_at)
select bench.id(4, 100 * n + 10 * s + k), bench.id(3, 10 * n + s), path[k - 1], path[k], k = 4, k,
       'worker-1', created + (ended - created) * (4 * (s - 1) + k) / 13
from finished
cross join (values (array['pending', 'enqueued', 'in_progress', 'complete'])) p (path)
cross join generate_series(1, case when in_full then 3 else 1 end) s
cross join generate_series(case when in_full then 1 else 4 end, 4) k;

-- Closed entries, and who closed them.
insert into tasker_tasks_dlq
    (dlq_entry_uuid, task_uuid, original_state, dlq_reason, dlq_timestamp, task_snapshot,
     resolution_status, resolution_timestamp, resolution_notes, resolved_by, metadata, version,
     created_at, updated_at)
select
    bench.id(5, n),
    task_uuid,
    'waiting_for_retry',
    (array['staleness_timeout', 'staleness_timeout', 'staleness_timeout', 'max_retries_exceeded',
           'worker_unavailable', 'manual_dlq'])[1 + floor(6 * bench.roll(n, 5))]::dlq_reason,
    ended - taken * interval '1 minute',
    jsonb_build_object('namespace', namespace_name, 'task_name', task_name,
                       'current_state', 'waiting_for_retry', 'time_in_state_minutes', 31,
                       'threshold_minutes', 30, 'steps', '[]'::jsonb),
    (array['manually_resolved', 'manually_resolved', 'manually_resolved', 'permanently_failed',
           'cancelled'])[1 + floor(5 * bench.roll(n, 6))]::dlq_resolution_status,
    ended,
    'retried by hand',
    'ana@ops',
    '{"time_in_state_minutes": 31}',
    2,
    ended - taken * interval '1 minute',
    ended
from finished
cross join lateral (select 5 + 295 * bench.roll(n, 7) ^ 2 as taken) t
where n % 5 = 0;

insert into dlqtop.operator_log
    (at, actor, action, subject, subject_uuid, task_uuid, entry, reason, before, after, outcome)
select ended, 'ana@ops', 'close_entry', namespace_name || '/' || task_name, bench.id(5, n),
       task_uuid, bench.id(5, n), 'retried by hand', 'pending', 'manually_resolved', 'done'
from finished
where n % 5 = 0;
