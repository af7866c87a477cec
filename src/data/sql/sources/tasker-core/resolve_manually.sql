-- Resolves a step without a result, as Tasker's ResolveManually does: it counts as done. A task that
-- is blocked by it alone is freed.
-- $1 step   $2 expected state   $3 actor   $4 reason   $5 batch
with move as (
    select
        'resolved_manually' as to_state,
        '{"type":"ResolveManually"}' as event,
        'resolved_by' as actor_key,
        case
            when $2::text = 'resolved_manually'
                then 'Tasker''s state machine does not resolve a step in ' || $2::text
        end as why_not
),
{part:move_step},
{part:finish_step},
{part:free_task}
{part:move_answer}
