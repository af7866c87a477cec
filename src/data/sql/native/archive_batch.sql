-- One batch of one policy, after the task that the batch before it ended with.
-- $1 policy, $2 int: tasks at most, null for the setting in force; $3 boolean: only look;
-- $4 text: when that task ended, $5 uuid: that task
select
    policy, tasks, steps, transitions, step_transitions, entries, more,
    -- as text: it goes back as it is, however odd an instant
    last_ended_at::text as last_ended_at,
    last_task
from dlqtop.archive_policy_batch($1, $2::int, $3, $4::text::timestamptz, $5::uuid)
