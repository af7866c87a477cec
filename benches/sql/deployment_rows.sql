-- Every row of the deployment's own view.
select task_uuid, namespace_name::text as namespace_name, task_name::text as task_name,
       current_state::text as current_state, staleness_threshold_minutes::float8 as threshold,
       health_status, priority
from tasker.v_task_staleness_monitoring
