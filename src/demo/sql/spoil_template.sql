-- What somebody once wrote by hand: a threshold that is no number, as no file could bring in.
-- No parameters.
update tasker_named_tasks
set configuration = jsonb_set(
    configuration, '{lifecycle,max_waiting_for_dependencies_minutes}', '"30m"')
where name = 'nightly_close'
