-- Keeps only the newest archived tasks, because a demo may run for weeks.
-- $1 int: limit
with forgotten as (
    delete from public.tasker_tasks_archive
    where task_uuid in (
        select task_uuid from public.tasker_tasks_archive
        order by archived_at desc, task_uuid desc
        offset $1::int)
    returning task_uuid
),
steps as (
    delete from public.tasker_workflow_steps_archive s using forgotten f
    where s.task_uuid = f.task_uuid
    returning s.workflow_step_uuid
),
step_moves as (
    delete from public.tasker_workflow_step_transitions_archive st using steps
    where st.workflow_step_uuid = steps.workflow_step_uuid
),
entries as (
    delete from public.tasker_tasks_dlq_archive d using forgotten f
    where d.task_uuid = f.task_uuid
)
delete from public.tasker_task_transitions_archive tr using forgotten f
where tr.task_uuid = f.task_uuid
