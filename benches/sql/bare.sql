-- The same tables without derived data: no triggers of ours, and no indexes that the plain schema does not
-- have. The remaining indexes are those of the tables' own migrations.
do $$
declare
    kept  text[] := array[
        'tasks_by_template', 'tasks_by_correlation', 'task_has_one_present_state',
        'tasks_in_flight', 'step_has_one_present_state', 'steps_in_flight', 'steps_finished',
        'task_has_one_pending_entry', 'entries_by_task', 'entries_by_arrival',
        'entries_by_resolution', 'edges_by_child', 'plain_open_tasks'];
    named record;
begin
    for named in
        select unnest(array['tasker_tasks', 'tasker_task_transitions', 'tasker_workflow_steps',
                            'tasker_workflow_step_transitions', 'tasker_workflow_step_edges',
                            'tasker_tasks_dlq', 'tasker_named_tasks']) as name
    loop
        execute format('alter table public.%I disable trigger user', named.name);
    end loop;
    for named in
        select i.indexrelid::regclass as name
        from pg_index i
        join pg_class c on c.oid = i.indexrelid
        where i.indrelid in ('public.tasker_tasks'::regclass,
                             'public.tasker_task_transitions'::regclass,
                             'public.tasker_workflow_steps'::regclass,
                             'public.tasker_workflow_step_transitions'::regclass,
                             'public.tasker_tasks_dlq'::regclass)
          and not exists (select from pg_constraint k where k.conindid = i.indexrelid)
          and c.relname <> all (kept)
    loop
        execute format('drop index %s', named.name);
    end loop;
end
$$;
