-- Completes a step with this result, as Tasker's CompleteManually does. A task that is blocked by it alone
-- is freed.
-- $1 step   $2 expected state   $3 actor   $4 reason   $5 batch   $6 result
with result as materialized (
    -- as a worker would have reported it
    select jsonb_build_object(
        'step_uuid', $1::uuid,
        'success', true,
        'result', $6::jsonb,
        'status', 'completed',
        'error', null,
        'metadata', jsonb_build_object(
            'execution_time_ms', 0,
            'handler_version', null,
            'retryable', false,
            'completed_at', to_char(now() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
            'worker_id', null,
            'worker_hostname', null,
            'started_at', to_char(now() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
            'custom', jsonb_build_object(
                'manually_completed', true,
                'completed_by', $3::text,
                'completion_reason', $4::text),
            'error_code', null,
            'error_type', null,
            'context', '{}'::jsonb),
        -- empty, with all its members: without one of them the steps that wait for this result cannot read it
        'orchestration_metadata', jsonb_build_object(
            'headers', '{}'::jsonb,
            'error_context', null,
            'backoff_hint', null,
            'custom', '{}'::jsonb)) as whole
),
move as (
    select
        'complete' as to_state,
        jsonb_build_object('type', 'CompleteManually', 'data', r.whole)::text as event,
        'completed_by' as actor_key,
        case
            when $6::jsonb is null then 'completing a step needs a result'
            when $2::text = 'complete'
                then 'Tasker''s state machine does not complete a step in ' || $2::text
        end as why_not
    from result r
),
{part:move_step},
flagged as (
    update {table:workflow_steps} s
    set in_process = false,
        processed = true,
        processed_at = now() at time zone 'UTC',
        results = (select whole from result),
        updated_at = now() at time zone 'UTC'
    from moved m
    where s.workflow_step_uuid = m.workflow_step_uuid
    returning s.workflow_step_uuid
),
{part:free_task}
{part:move_answer}
