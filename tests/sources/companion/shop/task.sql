select
    id as task_uuid,
    'shop' as namespace_name,
    name as task_name,
    '1' as task_version,
    status as current_state,
    0::float8 as time_in_state_minutes,
    null::float8 as staleness_threshold_minutes,
    0::float8 as task_age_minutes,
    0 as priority,
    id as correlation_id,
    null::text as initiator,
    null::float8 as minutes_since_namespace_finished
from {table:jobs}
where id = $1::uuid
