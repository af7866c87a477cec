-- A task's steps with their readiness, parents before children.
-- $1 task
select
    workflow_step_uuid,
    step_name,
    step_number,
    current_state,
    coalesce(minutes_between(state_since, now()), 0) as time_in_state_minutes,
    dependencies_satisfied,
    retry_eligible,
    ready_for_execution,
    attempts,
    max_attempts,
    timeout_seconds,
    total_parents,
    satisfied_parents,
    sane_instant(next_retry_at) as next_retry_at,
    sane_instant(last_failure_at) as last_failure_at,
    left(last_error, 4096) as last_error,
    parents,
    blocked_by
from task_steps($1::uuid)
order by step_number, step_name
