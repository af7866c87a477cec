-- What a sweep has done: entries that are open, tasks in error, and stale tasks that are left.
select
    (select count(*) from tasker_tasks_dlq where resolution_status = 'pending') as open_entries,
    (select count(*) from tasker_task_transitions where most_recent and to_state = 'error')
        as in_error
