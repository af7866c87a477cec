select
    'broken' as dlq_reason, count(*) as total_entries, count(*) as pending, 0::bigint as manually_resolved,
    0::bigint as permanent_failures, 0::bigint as cancelled, null::timestamptz as oldest_entry,
    null::timestamptz as newest_entry, null::float8 as avg_resolution_time_minutes,
    null::float8 as p50_resolution_time_minutes, null::float8 as p90_resolution_time_minutes
from {table:jobs}
where state = 'broken'
