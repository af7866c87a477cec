-- Both sides must find the same stale tasks, or their times cannot be compared.
select
    (select count(*) from plain.v_task_staleness_monitoring where health_status = 'stale') as plain,
    (select count(*) from v_task_staleness_monitoring where health_status = 'stale') as ours
