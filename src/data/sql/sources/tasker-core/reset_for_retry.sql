-- Retries a step with all its attempts, as Tasker's ResetForRetry does: from error to pending. A task
-- that is blocked by failures is freed, because the step would not be picked up there.
-- $1 step   $2 expected state   $3 actor   $4 reason   $5 batch
with move as (
    select
        'pending' as to_state,
        '{"type":"ResetForRetry"}' as event,
        'reset_by' as actor_key,
        case
            when $2::text <> 'error'
                then 'Tasker''s state machine does not retry a step in ' || $2::text
        end as why_not
),
{part:move_step},
flagged as (
    update {table:workflow_steps} s
    set attempts = 0,
        updated_at = now() at time zone 'UTC'
    from moved m
    where s.workflow_step_uuid = m.workflow_step_uuid
    returning s.workflow_step_uuid
),
{part:free_task}
{part:move_answer}
