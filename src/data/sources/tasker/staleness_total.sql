-- How many tasks the staleness list would hold without its limit.
select count(*) from v_task_staleness_monitoring
