-- Runs one chunk of a sweep.
-- $1 dry run   $2 batch size   $3 instance   $4 tasks this sweep has given up on
-- $5 only stale ones   $6, $7 the last breach and task of the previous chunk, or null
-- $8 the sweep, or null for its first chunk
select
    task_uuid, original_state, dlq_reason, action_taken, detail, minutes_in_state,
    correlation_id, sweep_id,
    case when isfinite(breached_at) then breached_at end as breached_at
from dlqtop.detect_and_transition_stale_tasks(
    $1::boolean, $2::int, $3::text, $4::uuid[], $5::boolean, $6::timestamptz, $7::uuid, $8::bigint)
