-- One second of the simulation: work arrives, workers run it, the orchestrator decides on it, and now and then
-- the system's own sweep runs. Tasks that an operator fixes continue.

set timezone = 'UTC';
set search_path = tasker, public;

-- Work arrives.
do $$
declare
    present timestamp := now() at time zone 'UTC';
begin
    if random() < 0.35 then
        perform demo.new_task(
            (array['charge_order', 'charge_order', 'fulfill_order', 'sync_contacts', 'reindex_catalog'])
                [1 + floor(random() * 5)::int], present, floor(random() * 5)::int);
    end if;
    if random() < 0.01 then
        perform demo.new_task('transcode_video', present);
    end if;
end
$$;

-- Pending tasks start: new ones, and requeued ones.
select demo.begin_task(tr.task_uuid, now() at time zone 'UTC')
from task_transitions tr
where tr.most_recent and tr.to_state = 'pending'
limit 20;

-- A task whose failures an operator has fixed is requeued.
do $$
declare
    present timestamp := now() at time zone 'UTC';
    going record;
begin
    for going in
        select tr.task_uuid, tr.to_state
        from task_transitions tr
        where tr.most_recent and tr.to_state in ('error', 'blocked_by_failures')
          and not exists (
              select from workflow_steps s
              join workflow_step_transitions st using (workflow_step_uuid)
              where s.task_uuid = tr.task_uuid and st.most_recent and st.to_state = 'error')
          and exists (
              select from workflow_steps s
              join workflow_step_transitions st using (workflow_step_uuid)
              where s.task_uuid = tr.task_uuid and st.created_at > tr.created_at
                and st.created_at < present - interval '3 seconds'
                and st.metadata ?| array['reset_by', 'resolved_by', 'completed_by', 'cancelled_by'])
        limit 10
    loop
        if going.to_state = 'blocked_by_failures' then
            perform demo.move_task(going.task_uuid, 'error', present);
        end if;
        perform demo.move_task(going.task_uuid, 'pending', present, '{"event": "Reset"}');
    end loop;
end
$$;

-- Steps that can run are enqueued; steps that waited for their next attempt are pending again.
do $$
declare
    present timestamp := now() at time zone 'UTC';
    step record;
begin
    for step in
        select s.workflow_step_uuid, st.to_state, tr.task_uuid, tr.to_state as task_state
        from task_transitions tr
        join workflow_steps s using (task_uuid)
        join workflow_step_transitions st on st.workflow_step_uuid = s.workflow_step_uuid and st.most_recent
        where tr.most_recent
          and (tr.to_state = 'steps_in_process'
               -- like the orchestrator's own discovery, which skips tasks that have waited for too long
               or (tr.to_state = 'waiting_for_retry' and tr.created_at > present - interval '30 minutes')
               or (tr.to_state = 'waiting_for_dependencies' and tr.created_at > present - interval '60 minutes'))
          and st.to_state in ('pending', 'waiting_for_retry')
          and (st.to_state = 'pending'
               or (coalesce(s.attempts, 0) < coalesce(s.max_attempts, 3)
                   and s.last_attempted_at + coalesce(s.backoff_request_seconds, 30) * interval '1 second' < present))
          and not exists (
              select from workflow_step_edges e
              join workflow_step_transitions p on p.workflow_step_uuid = e.from_step_uuid and p.most_recent
              where e.to_step_uuid = s.workflow_step_uuid
                and p.to_state not in ('complete', 'resolved_manually'))
        limit 40
    loop
        if step.to_state = 'waiting_for_retry' then
            perform demo.move_step(step.workflow_step_uuid, 'pending', '{"type": "Retry"}', present);
        end if;
        perform demo.move_step(step.workflow_step_uuid, 'enqueued', '{"type": "Enqueue"}', present);
        if step.task_state <> 'steps_in_process' and (
            select to_state from task_transitions
            where task_uuid = step.task_uuid and most_recent) = step.task_state
        then
            perform demo.move_task(step.task_uuid, 'enqueuing_steps', present);
            perform demo.move_task(step.task_uuid, 'steps_in_process', present);
        end if;
    end loop;
end
$$;

-- Live workers take enqueued steps, and report the results of those they have run.
do $$
declare
    present timestamp := now() at time zone 'UTC';
    step record;
    told text;
begin
    for step in
        select s.workflow_step_uuid, s.task_uuid, s.attempts, s.max_attempts, st.to_state, st.created_at,
               n.name as step_name,
               coalesce(st.metadata ->> 'worker_uuid', w.worker::text) as worker
        from workflow_step_transitions st
        join workflow_steps s using (workflow_step_uuid)
        join named_steps n using (named_step_uuid)
        join tasks t using (task_uuid)
        join named_tasks nt using (named_task_uuid)
        join task_namespaces ns using (task_namespace_uuid)
        join lateral (
            select worker from demo.workers
            where namespace = ns.name and alive order by random() limit 1) w on true
        where st.most_recent
          and ((st.to_state = 'enqueued' and random() < 0.4)
               or (st.to_state = 'in_progress' and random() < 0.25
                   -- a step that its worker has abandoned stays
                   and st.created_at > present - interval '15 minutes'))
        limit 30
    loop
        if step.to_state = 'enqueued' then
            perform demo.move_step(step.workflow_step_uuid, 'in_progress', '{"type": "Start"}', present,
                                   jsonb_build_object('worker_uuid', step.worker));
            continue;
        end if;
        told := case
            when step.step_name = 'capture_payment' and random() < 0.35 then demo.error_of(step.step_name)
            when step.step_name in ('print_label', 'embed_titles', 'push_contacts') and random() < 0.15
                then demo.error_of(step.step_name)
        end;
        if told is null then
            perform demo.move_step(step.workflow_step_uuid, 'enqueued_for_orchestration',
                jsonb_build_object('type', 'EnqueueForOrchestration', 'data', demo.result(step.workflow_step_uuid, null)),
                present, jsonb_build_object('worker_uuid', step.worker));
            perform demo.move_step(step.workflow_step_uuid, 'complete', '{"type": "Complete"}', present);
        else
            perform demo.move_step(step.workflow_step_uuid, 'enqueued_as_error_for_orchestration',
                jsonb_build_object('type', 'EnqueueAsErrorForOrchestration',
                                   'data', demo.result(step.workflow_step_uuid, told)),
                present, jsonb_build_object('worker_uuid', step.worker));
            if step.attempts >= step.max_attempts then
                perform demo.move_step(step.workflow_step_uuid, 'error',
                    jsonb_build_object('type', 'Fail', 'data', 'Permanent error: ' || told), present);
            else
                perform demo.move_step(step.workflow_step_uuid, 'waiting_for_retry',
                    jsonb_build_object('type', 'WaitForRetry', 'data', told || ' - retryable'), present);
                update workflow_steps set backoff_request_seconds = 10 * power(2, step.attempts)::int
                where workflow_step_uuid = step.workflow_step_uuid;
            end if;
        end if;
    end loop;
end
$$;

-- The orchestrator decides on the tasks.
do $$
declare
    present timestamp := now() at time zone 'UTC';
    judged record;
begin
    for judged in
        select
            tr.task_uuid,
            bool_and(st.to_state in ('complete', 'resolved_manually', 'cancelled')) as done,
            bool_or(st.to_state = 'error') as failed,
            bool_or(st.to_state in ('enqueued', 'in_progress')) as going,
            bool_or(st.to_state = 'waiting_for_retry') as retrying
        from task_transitions tr
        join workflow_steps s using (task_uuid)
        join workflow_step_transitions st on st.workflow_step_uuid = s.workflow_step_uuid and st.most_recent
        where tr.most_recent and tr.to_state = 'steps_in_process'
        group by tr.task_uuid
    loop
        if judged.done then
            perform demo.move_task(judged.task_uuid, 'evaluating_results', present);
            perform demo.move_task(judged.task_uuid, 'complete', present);
        elsif judged.failed and not judged.going then
            perform demo.move_task(judged.task_uuid, 'evaluating_results', present);
            perform demo.move_task(judged.task_uuid, 'blocked_by_failures', present);
            perform demo.move_task(judged.task_uuid, 'error', present, '{"reason": "gave up"}');
            if not exists (select from tasks_dlq where task_uuid = judged.task_uuid and resolution_status = 'pending') then
                perform demo.open_entry(judged.task_uuid, 'max_retries_exceeded', 'blocked_by_failures', 0, present);
            end if;
        elsif judged.retrying and not judged.going then
            perform demo.move_task(judged.task_uuid, 'waiting_for_retry', present);
        end if;
    end loop;
end
$$;

-- The system's own sweep, a colleague who closes old entries, and the deletion of old tasks.
do $$
begin
    if random() < 1.0 / 45 then
        perform tasker.detect_and_transition_stale_tasks(false, 2);
    end if;
    if random() < 1.0 / 60 then
        update tasks_dlq
        set resolution_status = 'manually_resolved', resolution_timestamp = now(), resolved_by = 'ben@ops',
            resolution_notes = 'looked at it with the team'
        where dlq_entry_uuid = (
            select dlq_entry_uuid from tasks_dlq
            where resolution_status = 'pending' and dlq_reason = 'staleness_timeout'
            order by dlq_timestamp limit 1);
    end if;
end
$$;
