-- The result of a sweep: open entries, tasks in error, and remaining stale tasks.
select
    (select count(*) from tasker_tasks_dlq where resolution_status = 'pending') as open_entries,
    (select count(*) from tasker_task_transitions where most_recent and to_state = 'error')
        as in_error
