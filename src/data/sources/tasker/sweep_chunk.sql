-- One chunk of a sweep.
-- $1 dry run   $2 batch size   $3 instance   $4 tasks this sweep has already given up on
select task_uuid, original_state, dlq_reason, action_taken, detail
from detect_and_transition_stale_tasks($1::boolean, $2::int, $3::text, $4::uuid[])
