-- How many investigations are open.
select count(*) from tasker_tasks_dlq where resolution_status = 'pending'
