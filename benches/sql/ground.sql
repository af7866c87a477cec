-- Six namespaces, twenty templates with lifecycles of their own, workers, and the settings in force.
--
-- Thresholds are hours, so that hardly a task changes its health while the bench runs.

create function bench.tasks() returns bigint
language sql stable
as $$ select current_setting('bench.tasks')::bigint $$;

update dlqtop.settings
set max_waiting_for_dependencies_minutes = 600,
    max_waiting_for_retry_minutes = 300,
    max_steps_in_process_minutes = 300,
    max_task_lifetime_minutes = 1440,
    -- no namespace becomes silent during the bench
    worker_silence_minutes = 1440;

insert into tasker_task_namespaces (task_namespace_uuid, name)
select bench.id(100, n), name
from unnest(array['payments', 'fulfillment', 'catalog', 'media', 'crm', 'finance'])
    with ordinality as ns (name, n);

insert into tasker_workers (worker_name, task_namespace_uuid)
select format('worker-%s-%s', ns.name, w), ns.task_namespace_uuid
from tasker_task_namespaces ns
cross join generate_series(1, 8) w;

-- Templates 7 and 14 have no lifecycle, every fourth leaves one threshold to the settings, 19 has the action
-- alert. None is malformed, because the plain formulation would fail at the first.
insert into tasker_named_tasks (named_task_uuid, task_namespace_uuid, name, version, configuration)
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
                'timeout_seconds', 60 * s,
                'retry', jsonb_build_object('retryable', true, 'max_attempts', 4,
                                            'backoff_base_ms', 1000, 'max_backoff_ms', 60000)))
            from generate_series(1, 4) s))
    || case when t in (7, 14) then '{}' else jsonb_build_object('lifecycle', jsonb_strip_nulls(
        jsonb_build_object(
            'max_waiting_for_dependencies_minutes', 240 + 24 * t,
            'max_waiting_for_retry_minutes', case when t % 4 <> 0 then 240 + 12 * t end,
            'max_steps_in_process_minutes', 300 + 10 * t,
            'max_duration_minutes', case when t % 3 = 0 then 2880 end,
            'staleness_action', case when t = 19 then 'alert' end))) end
from generate_series(1, 20) t;

-- By number, with the thresholds in force.
create table bench.templates as
select
    t,
    l.named_task_uuid,
    l.namespace_name,
    l.task_name,
    array[l.max_waiting_for_dependencies_minutes, l.max_waiting_for_retry_minutes,
          l.max_steps_in_process_minutes] as thresholds
from generate_series(1, 20) t
join v_template_lifecycle l on l.named_task_uuid = bench.id(101, t);
