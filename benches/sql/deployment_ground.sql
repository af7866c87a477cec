-- Six namespaces and twenty templates of a Tasker deployment; some templates have thresholds of their own.

insert into tasker.task_namespaces (task_namespace_uuid, name, created_at, updated_at)
select bench.id(100, n), name, now(), now()
from unnest(array['payments', 'fulfillment', 'catalog', 'media', 'crm', 'finance'])
    with ordinality as ns (name, n);

insert into tasker.named_steps (named_step_uuid, name, created_at, updated_at)
select bench.id(102, s), 'step_' || s, now(), now()
from generate_series(1, 4) s;

-- Templates 7 and 14 have no lifecycle, every fourth leaves one threshold to the defaults. None is malformed,
-- because the system's own view would fail at the first.
insert into tasker.named_tasks
    (named_task_uuid, task_namespace_uuid, name, version, configuration, created_at, updated_at)
select
    bench.id(101, t),
    bench.id(100, 1 + t % 6),
    format('template_%s', to_char(t, 'FM00')),
    '1.0.0',
    jsonb_build_object(
        'description', format('The work of template %s, as a bench invents it', t),
        'task_handler', jsonb_build_object('callable', format('Work::Template%s', t)),
        'steps', (
            select jsonb_agg(jsonb_build_object(
                'name', format('step_%s', s),
                'description', format('Step %s of the work', s),
                'dependencies', case when s = 1 then '[]'::jsonb
                                     else jsonb_build_array(format('step_%s', s - 1)) end,
                'retry', jsonb_build_object('retryable', true, 'max_attempts', 4)))
            from generate_series(1, 4) s))
    || case when t in (7, 14) then '{}' else jsonb_build_object('lifecycle', jsonb_strip_nulls(
        jsonb_build_object(
            'max_waiting_for_dependencies_minutes', 240 + 24 * t,
            'max_waiting_for_retry_minutes', case when t % 4 <> 0 then 240 + 12 * t end,
            'max_steps_in_process_minutes', 300 + 10 * t))) end,
    now(), now()
from generate_series(1, 20) t;

-- By number, with the thresholds in force.
create table bench.templates as
select
    t,
    named_task_uuid,
    array[tasker.calculate_staleness_threshold('waiting_for_dependencies', configuration),
          tasker.calculate_staleness_threshold('waiting_for_retry', configuration),
          tasker.calculate_staleness_threshold('steps_in_process', configuration)] as thresholds
from generate_series(1, 20) t
join tasker.named_tasks on named_task_uuid = bench.id(101, t);
