-- Archives completed tasks that never had an entry. Tasks with entries stay longer, because the statistics read
-- them.
-- $1 float8: seconds since completion at least, $2 int: limit
with ended as (
    select t.task_uuid
    from public.tasker_tasks t
    join public.tasker_task_transitions tr on tr.task_uuid = t.task_uuid and tr.most_recent
    where tr.to_state = 'complete'
      and t.completed_at < now() - $1::float8 * interval '1 second'
      and not exists (select from public.tasker_tasks_dlq d where d.task_uuid = t.task_uuid)
    order by t.completed_at, t.task_uuid
    limit $2::int
    for update of t skip locked
),
moves as (
    insert into public.tasker_task_transitions_archive
    select tr.*, now() from public.tasker_task_transitions tr join ended using (task_uuid)
),
step_moves as (
    insert into public.tasker_workflow_step_transitions_archive
    select st.*, now()
    from public.tasker_workflow_step_transitions st
    join public.tasker_workflow_steps s using (workflow_step_uuid)
    join ended using (task_uuid)
),
steps as (
    insert into public.tasker_workflow_steps_archive
    select s.*, now() from public.tasker_workflow_steps s join ended using (task_uuid)
),
gone as (
    delete from public.tasker_tasks t using ended where t.task_uuid = ended.task_uuid returning t.*
)
insert into public.tasker_tasks_archive
select gone.*, now() from gone
