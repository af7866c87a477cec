-- Adds back-dated steps, or updates existing ones to their later state.
-- $1 jsonb: [{id, task, name, number, retryable, attempts, max_attempts, timeout_seconds,
--             backoff_base_ms, max_backoff_ms, results, last_error, age, attempted_age, failed_age,
--             retry_age}], ages in seconds
insert into public.tasker_workflow_steps as s
    (workflow_step_uuid, task_uuid, step_name, step_number, retryable, attempts, max_attempts,
     timeout_seconds, backoff_base_ms, max_backoff_ms, inputs, results, last_error,
     last_attempted_at, last_failure_at, next_retry_at, created_at, updated_at)
select
    r.id,
    r.task,
    r.name,
    r.number,
    r.retryable,
    r.attempts,
    r.max_attempts,
    r.timeout_seconds,
    r.backoff_base_ms,
    r.max_backoff_ms,
    t.context,
    nullif(r.results, 'null'),
    r.last_error,
    now() - r.attempted_age * interval '1 second',
    now() - r.failed_age * interval '1 second',
    now() - r.retry_age * interval '1 second',
    now() - r.age * interval '1 second',
    now() - coalesce(r.failed_age, r.attempted_age, r.age) * interval '1 second'
from jsonb_to_recordset($1::jsonb) as r (
    id uuid, task uuid, name text, number int, retryable boolean, attempts int, max_attempts int,
    timeout_seconds int, backoff_base_ms int, max_backoff_ms int, results jsonb, last_error text,
    age float8, attempted_age float8, failed_age float8, retry_age float8)
join public.tasker_tasks t on t.task_uuid = r.task
on conflict (workflow_step_uuid) do update
set attempts = excluded.attempts,
    backoff_base_ms = excluded.backoff_base_ms,
    max_backoff_ms = excluded.max_backoff_ms,
    results = excluded.results,
    last_error = excluded.last_error,
    last_attempted_at = excluded.last_attempted_at,
    last_failure_at = excluded.last_failure_at,
    next_retry_at = excluded.next_retry_at,
    updated_at = excluded.updated_at
