-- Runs one batch of one archive policy, after the last task of the previous batch.
-- $1 policy, $2 int: task limit, null for the setting in force; $3 boolean: dry run;
-- $4 text: when the last task ended, $5 uuid: that task
select
    policy, tasks, steps, transitions, step_transitions, entries, more,
    -- as text, because it is sent back unchanged, whatever instant it is
    last_ended_at::text as last_ended_at,
    last_task
from dlqtop.archive_policy_batch($1, $2::int, $3, $4::text::timestamptz, $5::uuid)
