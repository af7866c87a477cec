select
    id as dlq_entry_uuid,
    id as task_uuid,
    'failed' as original_state,
    'failed' as dlq_reason,
    failed_at as dlq_timestamp,
    extract(epoch from now() - failed_at)::float8 / 60 as minutes_in_dlq,
    'shop' as namespace_name,
    name as task_name,
    status as current_state,
    extract(epoch from now() - failed_at)::float8 / 60 as time_in_state_minutes,
    0::float8 as priority_base,
    extract(epoch from now() - failed_at)::float8 / 60 as priority_age,
    extract(epoch from now() - failed_at)::float8 / 60 as priority_score,
    failed_at as priority_instant,
    null::text as owner,
    null::timestamptz as owned_until,
    null::timestamptz as snoozed_until,
    null::text as step_name,
    null::uuid as workflow_step_uuid,
    null::text as step_state,
    null::int as attempts,
    null::int as max_attempts,
    error as current_error,
    0::bigint as earlier_entries,
    0::bigint as notes,
    version
from {table:jobs}
where status = 'failed'
  and (id = any($4::uuid[])) = $5::boolean
  and (failed_at, id) > ($2::timestamptz, $3::uuid)
order by failed_at, id
limit $1::bigint
