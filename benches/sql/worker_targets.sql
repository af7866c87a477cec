-- Tasks that a worker may act on while the sweep runs: as many stale ones as others, with their states.
-- $1 number of each
(select task_uuid, current_state, false as stale
 from v_task_staleness_monitoring where health_status = 'healthy'
 order by bench.roll(hashtext(task_uuid::text), 31) limit $1::int)
union all
(select task_uuid, current_state, true
 from v_task_staleness_monitoring where health_status = 'stale'
 order by bench.roll(hashtext(task_uuid::text), 31) limit $1::int)
