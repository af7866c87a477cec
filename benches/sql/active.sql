-- Active tasks 1 to `bench.active`, a third in each of the three states that can become stale.
-- Every fifth is stale, from 1.05 to 4 times its threshold; every tenth is near it. Each has two
-- to four steps that agree with its state.
--
-- Triggers are disabled, as in a restore.

create temp table going on commit drop as
select
    g.*,
    now() - ratio * thresholds[kind] * interval '1 minute' as since,
    now() - (ratio * thresholds[kind] + 5 + 115 * bench.roll(n, 14)) * interval '1 minute' as created,
    (array['waiting_for_dependencies', 'waiting_for_retry', 'steps_in_process'])[kind] as state,
    2 + n % 3 as steps
from (
    select
        200000000 + a as n,
        bench.id(1, 200000000 + a) as task_uuid,
        t.named_task_uuid,
        t.thresholds,
        1 + (a / 5) % 3 as kind,
        case
            when a % 5 = 0 then 1.05 + 2.95 * bench.roll(a, 11) ^ 2
            when a % 10 = 1 then 0.82 + 0.06 * bench.roll(a, 12)
            else 0.02 + 0.55 * bench.roll(a, 13)
        end as ratio
    from generate_series(1, current_setting('bench.active')::bigint) a
    join bench.templates t
        -- only one side would skip a stale task of a template with the action alert
        on t.t = case when a % 5 = 0 and bench.roll(a, 1) >= 0.9 and bench.roll(a, 1) < 0.95
                      then 18 else 1 + floor(20 * bench.roll(a, 1)) end
) g;

insert into tasker_tasks
    (task_uuid, named_task_uuid, correlation_id, context, priority, requested_at, initiator,
     source_system, created_at, updated_at)
select task_uuid, named_task_uuid, bench.id(9, n),
       jsonb_build_object('order', n, 'customer', n % 99991), n % 3, created, 'api', 'bench',
       created, created
from going;

insert into tasker_task_transitions
    (task_transition_uuid, task_uuid, from_state, to_state, most_recent, sort_key, processor,
     created_at)
select bench.id(2, 10 * n + k), task_uuid, path[k - 1], path[k], k = cardinality(path), k,
       'orchestrator-1', created + (since - created) * (k - 1) / (cardinality(path) - 1)
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

insert into tasker_workflow_steps
    (workflow_step_uuid, task_uuid, step_name, step_number, attempts, max_attempts, inputs, results,
     last_error, last_attempted_at, last_failure_at, next_retry_at, created_at, updated_at)
select
    step,
    task_uuid,
    'step_' || s,
    s,
    case when s = 1 or (s = 2 and kind <> 1) then 1 else 0 end,
    4,
    jsonb_build_object('order', n),
    case when s = 1 then '{"status": "ok"}'::jsonb end,
    case when s = 2 and kind = 2 then format(
        'HTTP 503 from https://gateway.example/v2/captures: upstream connect error, request req_%s',
        n) end,
    case when s = 1 or (s = 2 and kind <> 1) then since end,
    case when s = 2 and kind = 2 then since end,
    -- tasks that wait for dependencies wait for this step, and not in a cycle
    case when s = 2 and kind <> 3 then now() + interval '1 day' end,
    created,
    since
from going_steps;

insert into tasker_workflow_step_edges (parent_step_uuid, child_step_uuid)
select bench.id(3, 10 * n + s - 1), step from going_steps where s > 1
union all
select bench.id(3, 10 * n + 2), step from going_steps where s = 4;

insert into tasker_workflow_step_transitions
    (workflow_step_transition_uuid, workflow_step_uuid, from_state, to_state, most_recent, sort_key,
     processor, created_at)
select bench.id(4, 100 * n + 10 * s + k), step, path[k - 1], path[k], k = cardinality(path), k,
       'worker-1', created + (since - created) * least(s, 2) * k / 8
from going_steps
cross join generate_series(1, cardinality(path)) k;
