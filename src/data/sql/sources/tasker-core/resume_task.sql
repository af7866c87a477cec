-- Requeues a task, as Tasker's Reset does: it starts again as pending, with its steps as they are. A task that is
-- blocked by failures is given up first, as its state machine wants it. This is refused while a step is failed,
-- because it would fail the task again.
-- $1 task   $2 expected state   $3 actor   $4 reason   $5 batch
with move as (
    select
        case when $2::text = 'blocked_by_failures' then 'error' end as via,
        'GiveUp' as via_event,
        'pending' as to_state,
        'Reset' as event,
        'reset_by' as actor_key,
        true as is_whole,
        case
            when $2::text not in ('error', 'blocked_by_failures')
                then 'only a task in error or blocked_by_failures is requeued, not one in ' || $2::text
            when exists (
                select
                from {table:workflow_steps} s
                join {table:workflow_step_transitions} st using (workflow_step_uuid)
                where s.task_uuid = $1::uuid and st.most_recent and st.to_state = 'error')
                then 'a failed step blocks the task: retry or resolve that step'
        end as why_not
),
{part:move_task}
{part:move_answer}
