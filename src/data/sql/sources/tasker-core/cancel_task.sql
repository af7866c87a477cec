-- Cancels a task, as Tasker's Cancel does: from any state but an end. Its steps stay as they are, because the
-- orchestrator hands out no step of a cancelled task.
-- $1 task   $2 expected state   $3 actor   $4 reason   $5 batch
with move as (
    select
        'cancelled' as to_state,
        'Cancel' as event,
        'cancelled_by' as actor_key,
        case
            when $2::text in ('complete', 'error', 'cancelled', 'resolved_manually')
                then 'Tasker''s state machine does not cancel a task in ' || $2::text
        end as why_not
),
{part:move_task}
{part:move_answer}
