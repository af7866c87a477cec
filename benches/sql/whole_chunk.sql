-- One batch of ours, as large as it is told.
-- $1 batch size
select task_uuid, action_taken from detect_and_transition_stale_tasks(false, $1::int, 'bench', '{}')
