-- Back-dates the templates to before the history, and sets their authors.
-- No parameters.
with aged as (
    update public.tasker_named_tasks
    set created_at = created_at - interval '40 days',
        updated_at = updated_at - interval '40 days'
)
update public.tasker_task_namespaces set description = 'The ' || name || ' team'
