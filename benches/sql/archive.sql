-- What retention has already archived: tasks `bench.first` to `bench.last`, archived evenly from
-- `bench.from_days` to `bench.to_days` ago. Triggers count the rows.

create temp table archived on commit drop as
select
    n,
    bench.id(1, n) as task_uuid,
    t.named_task_uuid,
    now() - (from_days + (to_days - from_days) * (n - first) / (last - first + 1))
        * interval '1 day' as at
from (
    select current_setting('bench.from_days')::float8 as from_days,
           current_setting('bench.to_days')::float8 as to_days,
           current_setting('bench.first')::bigint as first,
           current_setting('bench.last')::bigint as last) r
cross join lateral generate_series(first, last) n
join bench.templates t on t.t = 1 + floor(20 * bench.roll(n, 1));

select dlqtop.ensure_archive_partitions(month)
from (select distinct date_trunc('month', at, 'UTC') as month from archived) months;

insert into tasker_tasks_archive
    (task_uuid, named_task_uuid, correlation_id, complete, requested_at, completed_at, created_at,
     updated_at, archived_at)
select task_uuid, named_task_uuid, bench.id(9, n), true, at - interval '31 days',
       at - interval '30 days', at - interval '31 days', at - interval '30 days', at
from archived;

insert into tasker_task_transitions_archive
    (task_transition_uuid, task_uuid, from_state, to_state, most_recent, sort_key, processor,
     created_at, archived_at)
select bench.id(2, 10 * n + k), task_uuid, case when k = 2 then 'pending' end,
       (array['pending', 'complete'])[k], k = 2, k, 'orchestrator-1',
       at - interval '32 days' + k * interval '1 day', at
from archived
cross join generate_series(1, 2) k;

insert into tasker_workflow_steps_archive
    (workflow_step_uuid, task_uuid, step_name, step_number, attempts, created_at, updated_at,
     archived_at)
select bench.id(3, 10 * n + 1), task_uuid, 'step_1', 1, 1, at - interval '31 days',
       at - interval '30 days', at
from archived;
