-- Both sides must speak of the same stale tasks, or their times mean nothing.
select
    (select count(*) from plain.v_task_staleness_monitoring where health_status = 'stale') as plain,
    (select count(*) from v_task_staleness_monitoring where health_status = 'stale') as ours
