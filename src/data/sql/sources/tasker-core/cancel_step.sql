-- Cancels a step, as Tasker's Cancel does: from any live state. It never runs.
-- $1 step   $2 expected state   $3 actor   $4 reason   $5 batch
with move as (
    select
        'cancelled' as to_state,
        '{"type":"Cancel"}' as event,
        'cancelled_by' as actor_key,
        case
            when $2::text in ('complete', 'resolved_manually', 'cancelled')
                then 'Tasker''s state machine does not cancel a step in ' || $2::text
        end as why_not
),
{part:move_step},
{part:finish_step}
{part:move_answer}
