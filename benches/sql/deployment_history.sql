-- Finished tasks `bench.first` to `bench.last`, evenly spread from `bench.from_days` ago (the first)
-- to `bench.to_days` ago (the last). Tasks that ended in the last three days have all their
-- transitions; older ones have the first and last transition. Each has one step.
--
-- Triggers are disabled, as in a restore.

create temp table finished on commit drop as
select
    f.n,
    bench.id(1, f.n) as task_uuid,
    t.named_task_uuid,
    f.created,
    f.ended,
    f.ended > now() at time zone 'UTC' - interval '3 days' as in_full
from (
    select
        n,
        now() at time zone 'UTC' - days * interval '1 day' as created,
        now() at time zone 'UTC' - days * interval '1 day'
            + (1 + 29 * bench.roll(n, 2)) * interval '1 minute' as ended
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

insert into tasker.tasks
    (task_uuid, named_task_uuid, complete, requested_at, completed_at, initiator, source_system,
     context, identity_hash, created_at, updated_at, priority, correlation_id)
select task_uuid, named_task_uuid, true, created, ended, 'api', 'bench',
       jsonb_build_object('order', n, 'customer', n % 99991), n::text, created, ended, n % 3,
       bench.id(9, n)
from finished;

insert into tasker.task_transitions
    (task_transition_uuid, task_uuid, from_state, to_state, most_recent, sort_key, created_at,
     updated_at)
select bench.id(2, 10 * f.n + k), f.task_uuid, path[k - 1], path[k], k = cardinality(path), k,
       f.created + (f.ended - f.created) * (k - 1) / (cardinality(path) - 1), f.ended
from finished f
cross join lateral (
    select case when f.in_full
        then array['pending', 'initializing', 'enqueuing_steps', 'steps_in_process',
                   'evaluating_results', 'complete']
        else array['pending', 'complete'] end as path) p
cross join generate_series(1, cardinality(path)) k;

insert into tasker.workflow_steps
    (workflow_step_uuid, task_uuid, named_step_uuid, attempts, in_process, processed, processed_at,
     inputs, results, last_attempted_at, created_at, updated_at)
select bench.id(3, 10 * n + 1), task_uuid, bench.id(102, 1), 1, false, true, ended,
       jsonb_build_object('order', n), '{"status": "ok"}', ended, created, ended
from finished;

insert into tasker.workflow_step_transitions
    (workflow_step_transition_uuid, workflow_step_uuid, from_state, to_state, most_recent, sort_key,
     created_at, updated_at)
select bench.id(4, 100 * n + 10 + k), bench.id(3, 10 * n + 1), path[k - 1], path[k], k = 4, k,
       created + (ended - created) * k / 4, ended
from finished
cross join (values (array['pending', 'enqueued', 'in_progress', 'complete'])) p (path)
cross join generate_series(case when in_full then 1 else 4 end, 4) k;
