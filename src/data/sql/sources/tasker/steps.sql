-- A task's steps with their readiness, parents before children. The result of a step is read only if an
-- operator may replace it and it is small enough to edit.
-- $1 task   $2 largest result, in stored bytes
select
    workflow_step_uuid,
    step_name,
    step_number,
    current_state,
    coalesce(dlqtop.minutes_between(state_since, now()), 0) as time_in_state_minutes,
    dependencies_satisfied,
    retry_eligible,
    ready_for_execution,
    attempts,
    max_attempts,
    timeout_seconds,
    total_parents,
    satisfied_parents,
    dlqtop.sane_instant(next_retry_at) as next_retry_at,
    dlqtop.sane_instant(last_failure_at) as last_failure_at,
    {error:last_error} as last_error,
    parents,
    blocked_by,
    case when current_state <> 'complete' then
        (select r.results from public.v_step_results r
         where r.workflow_step_uuid = s.workflow_step_uuid
           and pg_column_size(r.results) <= $2::int)
    end as results
from dlqtop.task_steps($1::uuid) s
order by step_number, step_name
