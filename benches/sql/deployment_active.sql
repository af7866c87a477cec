-- Active tasks 1 to `bench.active`, a third in each of the three states that can become stale. Every
-- fifth is stale, from 1.05 to 2 times its threshold; every tenth is near it. None is older than a day:
-- the system's view has no limit on the lifetime. Each has two to four steps that agree with its state;
-- every hundredth of the stale ones has an open entry.
--
-- Triggers are disabled, as in a restore.

create temp table going on commit drop as
select
    g.*,
    now() at time zone 'UTC' - ratio * thresholds[kind] * interval '1 minute' as since,
    now() at time zone 'UTC'
        - (ratio * thresholds[kind] + 5 + 55 * bench.roll(n, 14)) * interval '1 minute' as created,
    (array['waiting_for_dependencies', 'waiting_for_retry', 'steps_in_process'])[kind] as state,
    2 + n % 3 as steps
from (
    select
        a,
        200000000 + a as n,
        bench.id(1, 200000000 + a) as task_uuid,
        t.named_task_uuid,
        t.thresholds,
        1 + (a / 5) % 3 as kind,
        case
            -- whole seconds away from the limits, because the two sides are asked at different times
            when a % 5 = 0 then 1.05 + 0.75 * bench.roll(a, 11) ^ 2
            when a % 10 = 1 then 0.84 + 0.06 * bench.roll(a, 12)
            else 0.02 + 0.55 * bench.roll(a, 13)
        end as ratio
    from generate_series(1, current_setting('bench.active')::bigint) a
    join bench.templates t on t.t = 1 + floor(20 * bench.roll(a, 1))
) g;

insert into tasker.tasks
    (task_uuid, named_task_uuid, complete, requested_at, initiator, source_system, context,
     identity_hash, created_at, updated_at, priority, correlation_id)
select task_uuid, named_task_uuid, false, created, 'api', 'bench',
       jsonb_build_object('order', n, 'customer', n % 99991), n::text, created, since, n % 3,
       bench.id(9, n)
from going;

insert into tasker.task_transitions
    (task_transition_uuid, task_uuid, from_state, to_state, most_recent, sort_key, created_at,
     updated_at)
select bench.id(2, 10 * n + k), task_uuid, path[k - 1], path[k], k = cardinality(path), k,
       created + (since - created) * (k - 1) / (cardinality(path) - 1), since
from going
cross join lateral (select bench.task_path(kind, state) as path) p
cross join generate_series(1, cardinality(path)) k;

create temp table going_steps on commit drop as
select
    g.*,
    s,
    bench.id(3, 10 * n + s) as step,
    bench.step_path(kind, n, s) as path
from going g
cross join generate_series(1, steps) s;

insert into tasker.workflow_steps
    (workflow_step_uuid, task_uuid, named_step_uuid, attempts, max_attempts, in_process, processed,
     processed_at, inputs, results, last_attempted_at, backoff_request_seconds, created_at, updated_at)
select
    step,
    task_uuid,
    bench.id(102, s),
    case when s = 1 or (s = 2 and kind <> 1) then 1 else 0 end,
    4,
    s = 2 and kind = 3 and n % 2 = 1,
    s = 1,
    case when s = 1 then since end,
    jsonb_build_object('order', n),
    case when s = 1 then '{"status": "ok"}'::jsonb end,
    case when s = 1 or (s = 2 and kind <> 1) then since end,
    case when s = 2 and kind = 2 then 86400 end,
    created,
    since
from going_steps;

insert into tasker.workflow_step_edges (from_step_uuid, to_step_uuid, name, created_at, updated_at)
select bench.id(3, 10 * n + s - 1), step, 'provides', created, created from going_steps where s > 1;

insert into tasker.workflow_step_transitions
    (workflow_step_transition_uuid, workflow_step_uuid, from_state, to_state, most_recent, sort_key,
     metadata, created_at, updated_at)
select bench.id(4, 100 * n + 10 * s + k), step, path[k - 1], path[k], k = cardinality(path), k,
       case when path[k] = 'waiting_for_retry' then jsonb_build_object('event', jsonb_build_object(
           'type', 'WaitForRetry', 'data', format('HTTP 503 from https://gateway.example: req_%s', n))::text)
           else '{}' end,
       created + (since - created) * least(s, 2) * k / 8, since
from going_steps
cross join generate_series(1, cardinality(path)) k;

insert into tasker.tasks_dlq (task_uuid, original_state, dlq_reason, dlq_timestamp, task_snapshot, metadata)
select task_uuid, state, 'staleness_timeout', since, '{}', '{"time_in_state_minutes": 31}'
from going
where a % 500 = 0;
