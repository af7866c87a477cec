select
    0::bigint as stale,
    0::bigint as warning,
    0::bigint as healthy,
    0::bigint as suspect,
    count(*) as pending,
    count(*) as unowned,
    0::bigint as snoozed,
    extract(epoch from now() - min(failed_at))::float8 / 60 as oldest_pending_minutes,
    extract(epoch from now() - min(failed_at))::float8 / 60 as oldest_unowned_minutes,
    0::bigint as arrived_last_hour,
    null::bigint as resolved_last_hour,
    null::float8 as backlog_minutes,
    0::bigint as template_warnings,
    null::float8 as seconds_since_sweep,
    null::float8 as usual_sweep_gap_seconds
from {table:jobs}
where status = 'failed'
