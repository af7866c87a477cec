-- One chunk of a sweep.
-- $1 dry run   $2 batch size   $3 instance   $4 tasks this sweep has already given up on
select
    s.task_uuid,
    s.original_state,
    s.dlq_reason,
    s.action_taken,
    s.detail,
    -- by this statement's snapshot, in which nothing has been moved yet
    (select minutes_between(tr.created_at, now()) from tasker_task_transitions tr
     where tr.task_uuid = s.task_uuid and tr.most_recent) as minutes_in_state
from detect_and_transition_stale_tasks($1::boolean, $2::int, $3::text, $4::uuid[]) s
