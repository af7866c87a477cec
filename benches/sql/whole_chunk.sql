-- One batch of our sweep, of a given size.
-- $1 batch size
select task_uuid, action_taken from dlqtop.detect_and_transition_stale_tasks(false, $1::int, 'bench', '{}')
