-- One batch of the plain sweep.
-- $1 batch size
select task_uuid, action_taken from plain.detect_and_transition_stale_tasks(false, $1::int)
