-- The tables for the plain sweep: without our triggers and constraints, and with each index, check and
-- key that tasker-core has on the tables its sweep writes (migrations/20260110000002, and the columns of
-- 20260110000001), even if none of its own statements reads it.
--
-- The sweep writes to tasks_dlq and task_transitions only. Of the other tables it reads tasks, by
-- their covering index on incomplete tasks and, for the foreign keys, by their primary key.
do $$
declare
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
        where i.indrelid in ('public.tasker_task_transitions'::regclass,
                             'public.tasker_tasks_dlq'::regclass)
          and not exists (select from pg_constraint k where k.conindid = i.indexrelid)
    loop
        execute format('drop index %s', named.name);
    end loop;
end
$$;
drop index tasks_by_end;

alter table tasker_tasks_dlq
    drop constraint closed_entries_say_when_and_by_whom,
    drop constraint metadata_is_an_object,
    -- there a C function of an extension or of the server; ours is an expression
    alter column dlq_entry_uuid set default gen_random_uuid();
create unique index plain_one_pending on tasker_tasks_dlq (task_uuid)
    where resolution_status = 'pending';
create index plain_by_task on tasker_tasks_dlq (task_uuid);
create index plain_by_status on tasker_tasks_dlq (resolution_status, dlq_timestamp);
create index plain_by_reason on tasker_tasks_dlq (dlq_reason);
create index plain_by_time on tasker_tasks_dlq (dlq_timestamp desc);

alter table tasker_task_transitions
    drop constraint task_transition_order_is_unique,
    alter column task_transition_uuid set default gen_random_uuid(),
    add column processor_uuid uuid,
    add column transition_metadata jsonb default '{}',
    add column updated_at timestamptz,
    -- both states of a transition are checked there; ours checks one
    add constraint plain_state_is_known check (from_state is null or from_state in (
        'pending', 'initializing', 'enqueuing_steps', 'steps_in_process', 'evaluating_results',
        'waiting_for_dependencies', 'waiting_for_retry', 'blocked_by_failures',
        'complete', 'error', 'cancelled', 'resolved_manually'));
create unique index plain_one_present on tasker_task_transitions (task_uuid, most_recent)
    where most_recent;
create index plain_present on tasker_task_transitions (most_recent) where most_recent;
create index plain_present_state on tasker_task_transitions (task_uuid, to_state, most_recent)
    where most_recent;
create index plain_present_timeout on tasker_task_transitions
    ((transition_metadata ->> 'timeout_at')) where most_recent;
create index plain_in_order on tasker_task_transitions (task_uuid, sort_key);
create index plain_of_task on tasker_task_transitions (task_uuid);
create index plain_of_processor on tasker_task_transitions (processor_uuid)
    where processor_uuid is not null;
create index plain_in_time on tasker_task_transitions (task_transition_uuid, created_at);
analyze tasker_tasks_dlq;
analyze tasker_task_transitions;
