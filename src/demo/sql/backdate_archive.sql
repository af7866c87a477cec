-- Back-dates the archive of the generated history: each task was archived in the night seven days after its
-- end.
-- No parameters.
with tasks as (
    update public.tasker_tasks_archive
    set archived_at = least(completed_at + interval '7 days 3 hours', now())
    returning task_uuid, archived_at
),
steps as (
    update public.tasker_workflow_steps_archive s
    set archived_at = tasks.archived_at
    from tasks
    where tasks.task_uuid = s.task_uuid
    returning s.workflow_step_uuid, s.archived_at
),
step_moves as (
    update public.tasker_workflow_step_transitions_archive st
    set archived_at = steps.archived_at
    from steps
    where steps.workflow_step_uuid = st.workflow_step_uuid
),
moves as (
    update public.tasker_task_transitions_archive tr
    set archived_at = tasks.archived_at
    from tasks
    where tasks.task_uuid = tr.task_uuid
)
update public.tasker_tasks_dlq_archive d
set archived_at = tasks.archived_at
from tasks
where tasks.task_uuid = d.task_uuid
