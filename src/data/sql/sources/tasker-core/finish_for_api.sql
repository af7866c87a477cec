-- Does what the system's API has left undone of an action on a step: no attempts are used after a retry, and a task
-- that is blocked by failures is freed.
-- $1 step   $2 the state that the step must still be in   $3 actor   $4 reason   $5 batch
with move as (
    select $2::text as to_state
),
moved as materialized (
    select st.workflow_step_uuid
    from {table:workflow_step_transitions} st
    where st.workflow_step_uuid = $1::uuid and st.most_recent and st.to_state = $2::text
    for update
),
flagged as (
    update {table:workflow_steps} s
    set attempts = 0,
        updated_at = now() at time zone 'UTC'
    from moved m
    where s.workflow_step_uuid = m.workflow_step_uuid
      and $2::text = 'pending'
      and s.attempts > 0
    returning s.workflow_step_uuid
),
{part:free_task}
select
    case when exists (select from moved) then 'done' else 'changed' end as outcome,
    case when exists (select from moved) then $2::text
        else (select st.to_state::text from {table:workflow_step_transitions} st
              where st.workflow_step_uuid = $1::uuid and st.most_recent)
    end as now_state,
    null::text as changed_by,
    null::timestamptz as changed_at
