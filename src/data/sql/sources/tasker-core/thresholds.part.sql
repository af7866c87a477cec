-- `clock` and `templates`: since when a task must have been in its state to be stale, or nearly so. Calculated
-- once for each template, and compared with each task.
clock as materialized (
    select
        present,
        present - interval '5256000 minutes' as earliest,
        present + interval '1 minute' as latest,
        present - {setting:task_lifetime_minutes} * interval '1 minute' as too_old
    from (select now() at time zone 'UTC' as present) c
),
templates as materialized (
    select
        l.named_task_uuid,
        l.task_namespace_uuid,
        c.present - l.dependencies as dependencies_stale,
        c.present - 0.8 * l.dependencies as dependencies_warned,
        c.present - l.retry as retry_stale,
        c.present - 0.8 * l.retry as retry_warned,
        c.present - l.steps as steps_stale,
        c.present - 0.8 * l.steps as steps_warned
    from clock c
    cross join (
        select
            nt.named_task_uuid,
            nt.task_namespace_uuid,
            coalesce(substring(nt.configuration #>> '{lifecycle,max_waiting_for_dependencies_minutes}'
                               from '^\s*([+-]?[0-9]{1,9})\s*$')::int,
                     {setting:waiting_for_dependencies_minutes}) * interval '1 minute' as dependencies,
            coalesce(substring(nt.configuration #>> '{lifecycle,max_waiting_for_retry_minutes}'
                               from '^\s*([+-]?[0-9]{1,9})\s*$')::int,
                     {setting:waiting_for_retry_minutes}) * interval '1 minute' as retry,
            coalesce(substring(nt.configuration #>> '{lifecycle,max_steps_in_process_minutes}'
                               from '^\s*([+-]?[0-9]{1,9})\s*$')::int,
                     {setting:steps_in_process_minutes}) * interval '1 minute' as steps
        from {table:named_tasks} nt
    ) l
)
