-- Gives a template a threshold that is not a number, like an old edit by hand; `dlqtop template apply` would
-- refuse it.
-- No parameters.
update public.tasker_named_tasks
set configuration = jsonb_set(
    configuration, '{lifecycle,max_waiting_for_dependencies_minutes}', '"30m"')
where name = 'nightly_close'
