-- Broken jobs, the oldest first.
-- $1 row limit   $2, $3 the previous row   $4 snoozed   $5 whether to list those
select
    id as dlq_entry_uuid, id as task_uuid, state as original_state, 'broken' as dlq_reason,
    changed_at as dlq_timestamp, 5::float8 as minutes_in_dlq, bench as namespace_name, name as task_name,
    state as current_state, 5::float8 as time_in_state_minutes, 10::float8 as priority_base,
    5::float8 as priority_age, 15::float8 as priority_score, changed_at as priority_instant,
    null::text as owner, null::timestamptz as owned_until, null::timestamptz as snoozed_until,
    null::text as step_name, null::uuid as workflow_step_uuid, null::text as step_state,
    null::int as attempts, null::int as max_attempts, error as current_error,
    0::bigint as earlier_entries, 0::bigint as notes, version
from {table:jobs}
where state = 'broken'
  and (id = any($4::uuid[])) = $5::boolean
  and (changed_at, id) > ($2::timestamptz, $3::uuid)
order by changed_at, id
limit $1::bigint
