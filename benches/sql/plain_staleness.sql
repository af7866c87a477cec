-- One screen of the plain staleness view, worst first.
select *
from plain.v_task_staleness_monitoring
order by
    case health_status when 'stale' then 0 when 'warning' then 1 else 2 end,
    time_in_state_minutes desc
limit 500
