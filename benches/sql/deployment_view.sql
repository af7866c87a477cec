-- One screen of the deployment's own view, as its own interface asks for it: worst first.
select *
from tasker.v_task_staleness_monitoring
order by
    case health_status when 'stale' then 1 when 'warning' then 2 else 3 end,
    time_in_state_minutes desc
limit 100
