-- Counts of violated rules, by rule.
-- No parameters.
with moves as (
    select 'task' as kind, task_uuid as subject, from_state, to_state, most_recent,
           sort_key, created_at, metadata ? 'operator' as by_operator
    from tasker_task_transitions
    union all
    select 'step', workflow_step_uuid, from_state, to_state, most_recent, sort_key,
           created_at, metadata ? 'operator'
    from tasker_workflow_step_transitions
),
ordered as (
    select moves.*, lag(to_state) over w as really_from, row_number() over w as n,
           lead(sort_key) over w is null as is_last, lag(created_at) over w as before
    from moves
    window w as (partition by kind, subject order by sort_key)
)
select 'refused ' || kind || ' ' || coalesce(from_state, '-') || ' ' || to_state, count(*)
from ordered
where not case kind
    when 'task' then dlqtop.task_transition_allowed(from_state, to_state, by_operator)
    else dlqtop.step_transition_allowed(from_state, to_state, by_operator) end
group by 1
union all
select 'gap in sort_key', count(*) from ordered where n <> sort_key
union all
select 'from another state', count(*) from ordered
where from_state is distinct from really_from
union all
select 'wrong most_recent', count(*) from ordered where most_recent <> is_last
union all
select 'backwards', count(*) from ordered where created_at < before
union all
select 'in the future', count(*) from ordered where created_at > now()
union all
select 'step without a state', count(*) from tasker_workflow_steps s
where not exists (select from tasker_workflow_step_transitions st
                  where st.workflow_step_uuid = s.workflow_step_uuid and st.most_recent)
union all
select 'two pending entries', count(*) from (
    select from tasker_tasks_dlq where resolution_status = 'pending'
    group by task_uuid having count(*) > 1) twice
union all
select 'complete with open steps', count(*)
from tasker_tasks t
join tasker_workflow_steps s using (task_uuid)
where t.complete
  and dlqtop.step_state(s.workflow_step_uuid) not in ('complete', 'resolved_manually')
union all
select 'snapshot of another state', count(*) from tasker_tasks_dlq
where task_snapshot ->> 'current_state' <> original_state
   or (task_snapshot ->> 'time_in_state_minutes')::numeric < 0
union all
select 'not the state its steps ask for: ' || tr.to_state, count(*)
from tasker_task_transitions tr
where tr.most_recent
  and tr.to_state in ('steps_in_process', 'waiting_for_retry', 'waiting_for_dependencies',
                      'blocked_by_failures')
  and tr.to_state <> dlqtop.task_state_by_steps(tr.task_uuid)
group by tr.to_state
union all
select 'cycles', count(*) - 3 from tasker_tasks t
where dlqtop.task_has_step_cycle(t.task_uuid)
  and dlqtop.task_state(t.task_uuid) not in ('complete', 'cancelled')
