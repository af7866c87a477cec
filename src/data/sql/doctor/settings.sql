-- The settings in force. Without the one row nothing else works.
select
    'fine' as level,
    format(
        'waiting for dependencies %s min, for a retry %s min, steps in process %s min, lifetime %s min; a batch is %s',
        max_waiting_for_dependencies_minutes, max_waiting_for_retry_minutes,
        max_steps_in_process_minutes, max_task_lifetime_minutes, batch_size) as what,
    null as first,
    '{}'::text[] as details
from public.v_settings
union all
select
    'wrong',
    'there are no settings: nothing can become stale, and nothing can be swept',
    'insert into dlqtop.settings default values',
    '{}'
where not exists (select from public.v_settings)
