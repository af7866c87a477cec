-- Where finished work goes. Copies of the live columns, without their foreign keys.

create table tasker_tasks_archive (
    like tasker_tasks including defaults,
    archived_at timestamptz not null default now(),
    primary key (task_uuid)
);
create table tasker_workflow_steps_archive (
    like tasker_workflow_steps including defaults,
    archived_at timestamptz not null default now(),
    primary key (workflow_step_uuid)
);
create table tasker_task_transitions_archive (
    like tasker_task_transitions including defaults,
    archived_at timestamptz not null default now(),
    primary key (task_transition_uuid)
);
create table tasker_tasks_dlq_archive (
    like tasker_tasks_dlq including defaults,
    archived_at timestamptz not null default now(),
    primary key (dlq_entry_uuid)
);

-- Finished tasks past their retention, oldest first, with nothing pending in the DLQ.
create function archivable_tasks(p_retention_days float8, p_batch_size int)
returns table (task_uuid uuid)
language sql stable
as $$
    select t.task_uuid
    from tasker_tasks t
    join tasker_task_transitions tr on tr.task_uuid = t.task_uuid and tr.most_recent
    where tr.to_state in ('complete', 'cancelled', 'resolved_manually')
      and t.completed_at < now() - p_retention_days * interval '1 day'
      and not exists (
          select from tasker_tasks_dlq d
          where d.task_uuid = t.task_uuid and d.resolution_status = 'pending')
    order by t.completed_at, t.task_uuid
    limit p_batch_size
$$;

-- Moves whole finished tasks older than `p_retention_days`, at most `p_batch_size`, in the
-- caller's transaction; nothing that is pending in the DLQ. Returns how many tasks (in a dry run:
-- would be) moved.
create function archive_completed_tasks(
    p_retention_days float8 default 30, p_batch_size int default 1000,
    p_dry_run boolean default true)
returns int
language plpgsql
as $$
declare
    tasks uuid[];
begin
    tasks := array(select task_uuid from archivable_tasks(p_retention_days, p_batch_size));
    if p_dry_run then
        return cardinality(tasks);
    end if;
    -- Whoever opens an entry locks the task first. So: lock, and only then, by a statement of its
    -- own that sees what was committed meanwhile, ask again which tasks have none.
    perform from tasker_tasks t
    where t.task_uuid = any (tasks)
    for update skip locked;
    tasks := array(
        select t.task_uuid
        from tasker_tasks t
        where t.task_uuid = any (tasks)
          and not exists (
              select from tasker_tasks_dlq d
              where d.task_uuid = t.task_uuid and d.resolution_status = 'pending')
        for update skip locked);
    insert into tasker_tasks_archive
        select t.*, now() from tasker_tasks t where t.task_uuid = any (tasks);
    insert into tasker_workflow_steps_archive
        select s.*, now() from tasker_workflow_steps s where s.task_uuid = any (tasks);
    insert into tasker_task_transitions_archive
        select tr.*, now() from tasker_task_transitions tr where tr.task_uuid = any (tasks);
    with gone as (
        delete from tasker_tasks_dlq d where d.task_uuid = any (tasks) returning d.*
    )
    insert into tasker_tasks_dlq_archive select gone.*, now() from gone;
    delete from tasker_tasks t where t.task_uuid = any (tasks);
    return cardinality(tasks);
end
$$;
