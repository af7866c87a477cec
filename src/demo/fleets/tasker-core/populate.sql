-- The last day of a small fleet: five namespaces, some hundred finished tasks, running tasks, and tasks that
-- got stuck in each of the ways an operator meets. The same in every run.

do $$ begin perform setseed(0.42); end $$;
set timezone = 'UTC';
set search_path = tasker, public;
-- the tables are empty when the statements below are planned, so the planner would choose sequential scans
set enable_seqscan = off;
set jit = off;

create schema demo;

-- The templates, their steps in order, and the dependencies of each step.
create table demo.templates (
    namespace text, task text, version text, lifecycle jsonb, step text, place int, after text[],
    primary key (task, step)
);
insert into demo.templates
select namespace, task, version, nullif(lifecycle, '')::jsonb, step, place,
       array(select jsonb_array_elements_text(after::jsonb))
from (values
    ('payments', 'charge_order', '2.1.0',
     '{"max_waiting_for_retry_minutes": 20, "max_steps_in_process_minutes": 20}',
     'validate_order', 1, '[]'),
    ('payments', 'charge_order', '2.1.0', '', 'reserve_funds', 2, '["validate_order"]'),
    ('payments', 'charge_order', '2.1.0', '', 'capture_payment', 3, '["reserve_funds"]'),
    ('payments', 'charge_order', '2.1.0', '', 'send_receipt', 4, '["capture_payment"]'),
    ('orders', 'fulfill_order', '1.4.2', '{"max_waiting_for_dependencies_minutes": 45}',
     'check_stock', 1, '[]'),
    ('orders', 'fulfill_order', '1.4.2', '', 'reserve_items', 2, '["check_stock"]'),
    ('orders', 'fulfill_order', '1.4.2', '', 'pick_items', 3, '["reserve_items"]'),
    ('orders', 'fulfill_order', '1.4.2', '', 'print_label', 4, '["reserve_items"]'),
    ('orders', 'fulfill_order', '1.4.2', '', 'ship_parcel', 5, '["pick_items", "print_label"]'),
    ('catalog', 'reindex_catalog', '0.9.0', '{}', 'list_products', 1, '[]'),
    ('catalog', 'reindex_catalog', '0.9.0', '', 'embed_titles', 2, '["list_products"]'),
    ('catalog', 'reindex_catalog', '0.9.0', '', 'build_facets', 3, '["list_products"]'),
    ('catalog', 'reindex_catalog', '0.9.0', '', 'swap_index', 4, '["embed_titles", "build_facets"]'),
    ('media', 'transcode_video', '3.0.1', '{"max_steps_in_process_minutes": 60}',
     'fetch_source', 1, '[]'),
    ('media', 'transcode_video', '3.0.1', '', 'transcode_hd', 2, '["fetch_source"]'),
    ('media', 'transcode_video', '3.0.1', '', 'make_thumbnail', 3, '["fetch_source"]'),
    ('media', 'transcode_video', '3.0.1', '', 'publish_video', 4, '["transcode_hd", "make_thumbnail"]'),
    ('crm', 'sync_contacts', '1.0.0', '{"staleness_action": "alert"}', 'pull_contacts', 1, '[]'),
    ('crm', 'sync_contacts', '1.0.0', '', 'merge_contacts', 2, '["pull_contacts"]'),
    ('crm', 'sync_contacts', '1.0.0', '', 'push_contacts', 3, '["merge_contacts"]')
) t (namespace, task, version, lifecycle, step, place, after);

insert into task_namespaces (name, description, created_at, updated_at)
select distinct namespace, 'The ' || namespace || ' team', now() - interval '90 days', now() - interval '90 days'
from demo.templates;
insert into named_steps (name, created_at, updated_at)
select step, now() - interval '90 days', now() - interval '90 days' from demo.templates;
insert into named_tasks (task_namespace_uuid, name, version, configuration, created_at, updated_at)
select ns.task_namespace_uuid, t.task, t.version,
       case when max(t.lifecycle::text) = '{}' then '{}'
            else jsonb_build_object('lifecycle', max(t.lifecycle::text)::jsonb) end,
       now() - interval '30 days', now() - interval '30 days'
from demo.templates t
join task_namespaces ns on ns.name = t.namespace
group by ns.task_namespace_uuid, t.task, t.version;
insert into named_tasks_named_steps (named_task_uuid, named_step_uuid, created_at, updated_at)
select nt.named_task_uuid, n.named_step_uuid, now() - interval '30 days', now() - interval '30 days'
from demo.templates t
join named_tasks nt on nt.name = t.task
join named_steps n on n.name = t.step;

-- Two workers for each namespace. Those of media have been silent for a while, and stay silent.
create table demo.workers as
select namespace, n,
       md5(namespace || n)::uuid as worker,
       namespace <> 'media' as alive
from (select distinct namespace from demo.templates) t
cross join generate_series(1, 2) n;

create function demo.error_of(p_step text) returns text
language sql volatile
as $$
    select case p_step
        when 'capture_payment' then format('HTTP 503 from https://gateway.example/v2/captures: upstream connect error (request req_%s)',
                                           100000 + floor(random() * 900000))
        when 'reserve_funds' then format('card declined: insufficient funds for %s.%s EUR',
                                         20 + floor(random() * 400), floor(random() * 10)::text || '0')
        when 'print_label' then E'Traceback (most recent call last):\n  File "labels.py", line 88, in render\n    client.post(payload)\nrequests.exceptions.ReadTimeout: HTTPSConnectionPool(host=''labels.example'', port=443): Read timed out.'
        when 'embed_titles' then format('CUDA out of memory: tried to allocate %s MiB', 512 + 16 * floor(random() * 64))
        when 'push_contacts' then 'the CRM answered 429: retry after 120 s'
        else format('%s failed: connection to 10.0.%s.%s:5432 refused', p_step, floor(random() * 4), floor(random() * 250))
    end
$$;

-- Adds a transition of a step, as its state machine does.
create function demo.move_step(p_step uuid, p_to text, p_event jsonb, p_at timestamp, p_more jsonb default '{}')
returns void
language plpgsql
as $$
declare
    was text;
    next_key int;
begin
    update tasker.workflow_step_transitions set most_recent = false, updated_at = p_at
    where workflow_step_uuid = p_step and most_recent
    returning to_state into was;
    select coalesce(max(sort_key), 0) + 1 into next_key
    from tasker.workflow_step_transitions where workflow_step_uuid = p_step;
    insert into tasker.workflow_step_transitions
        (workflow_step_uuid, from_state, to_state, metadata, sort_key, most_recent, created_at, updated_at)
    values (p_step, was, p_to,
            jsonb_build_object('event', p_event::text,
                               'timestamp', to_char(p_at, 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')) || p_more,
            next_key, true, p_at, p_at);
    update tasker.workflow_steps
    set in_process = p_to = 'in_progress',
        processed = p_to in ('complete', 'resolved_manually', 'cancelled'),
        processed_at = case when p_to in ('complete', 'resolved_manually', 'cancelled') then p_at end,
        attempts = case when p_to = 'in_progress' then coalesce(attempts, 0) + 1 else attempts end,
        last_attempted_at = case when p_to in ('in_progress', 'waiting_for_retry') then p_at
                                 else last_attempted_at end,
        results = case when p_to like 'enqueued_%' then p_event -> 'data' else results end,
        updated_at = p_at
    where workflow_step_uuid = p_step;
end
$$;

create function demo.move_task(p_task uuid, p_to text, p_at timestamp, p_more jsonb default '{}')
returns void
language plpgsql
as $$
declare
    was text;
    next_key int;
begin
    update tasker.task_transitions set most_recent = false
    where task_uuid = p_task and most_recent
    returning to_state into was;
    select coalesce(max(sort_key), 0) + 1 into next_key
    from tasker.task_transitions where task_uuid = p_task;
    insert into tasker.task_transitions
        (task_uuid, from_state, to_state, processor_uuid, transition_metadata, sort_key, most_recent,
         created_at, updated_at)
    values (p_task, was, p_to, md5('orchestrator-1')::uuid, p_more, next_key, true, p_at, p_at);
    if p_to = 'complete' then
        update tasker.tasks set complete = true, completed_at = p_at, updated_at = p_at
        where task_uuid = p_task;
    end if;
end
$$;

-- Adds a result, as a worker does.
create function demo.result(p_step uuid, p_error text) returns jsonb
language sql volatile
as $$
    select jsonb_build_object(
        'step_uuid', p_step,
        'success', p_error is null,
        'result', case when p_error is null then '{"ok": true}'::jsonb else '{}' end,
        'metadata', jsonb_build_object('execution_time_ms', 40 + floor(random() * 4000), 'retryable', true),
        'status', case when p_error is null then 'completed' else 'failed' end,
        'error', case when p_error is not null then jsonb_build_object(
            'message', p_error, 'error_type', 'StepFailed', 'backtrace', null, 'retryable', true) end)
$$;

create function demo.new_task(p_task text, p_created timestamp, p_priority int default 0) returns uuid
language plpgsql
as $$
declare
    made uuid;
begin
    insert into tasker.tasks
        (named_task_uuid, requested_at, initiator, source_system, reason, context, identity_hash,
         created_at, updated_at, priority, correlation_id, task_uuid)
    select nt.named_task_uuid, p_created, 'api', 'shop', 'ordered',
           jsonb_build_object('order', 40000 + floor(random() * 9999)), md5(random()::text), p_created,
           p_created, p_priority, tasker.uuid_generate_v7(),
           (lpad(to_hex((extract(epoch from p_created) * 1000)::bigint), 12, '0') || '7'
            || substr(md5(random()::text), 1, 3) || '8' || substr(md5(random()::text), 1, 15))::uuid
    from tasker.named_tasks nt
    where nt.name = p_task
    returning task_uuid into made;
    insert into tasker.workflow_steps
        (task_uuid, named_step_uuid, max_attempts, inputs, created_at, updated_at)
    select made, n.named_step_uuid, 3, jsonb_build_object('order', 1), p_created, p_created
    from demo.templates t
    join tasker.named_steps n on n.name = t.step
    where t.task = p_task
    order by t.place;
    insert into tasker.workflow_step_edges (from_step_uuid, to_step_uuid, name, created_at, updated_at)
    select p.workflow_step_uuid, c.workflow_step_uuid, 'provides', p_created, p_created
    from demo.templates t
    cross join unnest(t.after) as before (step)
    join tasker.named_steps pn on pn.name = before.step
    join tasker.named_steps cn on cn.name = t.step
    join tasker.workflow_steps p on p.task_uuid = made and p.named_step_uuid = pn.named_step_uuid
    join tasker.workflow_steps c on c.task_uuid = made and c.named_step_uuid = cn.named_step_uuid
    where t.task = p_task;
    perform demo.move_step(s.workflow_step_uuid, 'pending', '{"type": "Created"}', p_created)
    from tasker.workflow_steps s where s.task_uuid = made;
    perform demo.move_task(made, 'pending', p_created);
    return made;
end
$$;

-- Adds a step to a task, by its place in the template.
create function demo.step_at(p_task uuid, p_place int) returns uuid
language sql stable
as $$
    select s.workflow_step_uuid
    from tasker.workflow_steps s
    join tasker.named_steps n using (named_step_uuid)
    join demo.templates t on t.step = n.name
    where s.task_uuid = p_task and t.place = p_place
$$;

-- Completes the first steps of a task one after the other from an instant; returns when the last was completed.
create function demo.do_steps(p_task uuid, p_upto int, p_from timestamp, p_first int default 1)
returns timestamp
language plpgsql
as $$
declare
    at timestamp := p_from;
    step uuid;
    worker uuid;
    place int;
begin
    for place in p_first .. p_upto loop
        step := demo.step_at(p_task, place);
        select w.worker into worker
        from tasker.tasks t
        join tasker.named_tasks nt using (named_task_uuid)
        join tasker.task_namespaces ns using (task_namespace_uuid)
        join demo.workers w on w.namespace = ns.name
        where t.task_uuid = p_task
        order by random() limit 1;
        perform demo.move_step(step, 'enqueued', '{"type": "Enqueue"}', at);
        at := at + (1 + 4 * random()) * interval '1 second';
        perform demo.move_step(step, 'in_progress', '{"type": "Start"}', at, jsonb_build_object('worker_uuid', worker));
        at := at + (2 + 40 * random()) * interval '1 second';
        perform demo.move_step(step, 'enqueued_for_orchestration',
            jsonb_build_object('type', 'EnqueueForOrchestration', 'data', demo.result(step, null)), at,
            jsonb_build_object('worker_uuid', worker));
        update tasker.workflow_step_result_audit set recorded_at = at, created_at = at
        where workflow_step_uuid = step;
        at := at + interval '1 second';
        perform demo.move_step(step, 'complete', '{"type": "Complete"}', at);
    end loop;
    return at;
end
$$;

-- Fails a step a number of times.
create function demo.fail_step(p_step uuid, p_times int, p_from timestamp, p_last text, p_pause int default 30)
returns timestamp
language plpgsql
as $$
declare
    at timestamp := p_from;
    told text;
    worker uuid;
    named text;
    n int;
begin
    select nm.name, w.worker into named, worker
    from tasker.workflow_steps s
    join tasker.named_steps nm using (named_step_uuid)
    join tasker.tasks t using (task_uuid)
    join tasker.named_tasks nt using (named_task_uuid)
    join tasker.task_namespaces ns using (task_namespace_uuid)
    join demo.workers w on w.namespace = ns.name
    where s.workflow_step_uuid = p_step
    order by random() limit 1;
    told := demo.error_of(named);
    for n in 1 .. p_times loop
        perform demo.move_step(p_step, 'enqueued', '{"type": "Enqueue"}', at);
        at := at + interval '1 second';
        perform demo.move_step(p_step, 'in_progress', '{"type": "Start"}', at, jsonb_build_object('worker_uuid', worker));
        at := at + (2 + 20 * random()) * interval '1 second';
        perform demo.move_step(p_step, 'enqueued_as_error_for_orchestration',
            jsonb_build_object('type', 'EnqueueAsErrorForOrchestration', 'data', demo.result(p_step, told)), at,
            jsonb_build_object('worker_uuid', worker));
        update tasker.workflow_step_result_audit set recorded_at = at, created_at = at
        where workflow_step_uuid = p_step and recorded_at > at;
        at := at + interval '1 second';
        if n < p_times or p_last = 'waiting_for_retry' then
            perform demo.move_step(p_step, 'waiting_for_retry',
                jsonb_build_object('type', 'WaitForRetry', 'data', told || ' - retryable'), at);
            update tasker.workflow_steps
            set backoff_request_seconds = case when n < p_times then 10 else p_pause end
            where workflow_step_uuid = p_step;
            if n < p_times then
                at := at + interval '10 seconds';
                perform demo.move_step(p_step, 'pending', '{"type": "Retry"}', at);
            end if;
        else
            perform demo.move_step(p_step, 'error',
                jsonb_build_object('type', 'Fail', 'data', 'Permanent error: ' || told), at);
        end if;
    end loop;
    return at;
end
$$;

create function demo.begin_task(p_task uuid, p_at timestamp) returns void
language sql volatile
as $$
    select demo.move_task(p_task, 'initializing', p_at);
    select demo.move_task(p_task, 'enqueuing_steps', p_at + interval '0.2 seconds');
    select demo.move_task(p_task, 'steps_in_process', p_at + interval '0.4 seconds');
$$;

create function demo.open_entry(p_task uuid, p_reason text, p_state text, p_minutes int, p_at timestamp)
returns uuid
language sql volatile
as $$
    insert into tasker.tasks_dlq
        (task_uuid, original_state, dlq_reason, dlq_timestamp, task_snapshot, metadata, created_at, updated_at)
    select t.task_uuid, p_state, p_reason::tasker.dlq_reason, p_at,
           jsonb_build_object('task_uuid', t.task_uuid, 'namespace', ns.name, 'task_name', nt.name,
                              'current_state', p_state, 'time_in_state_minutes', p_minutes,
                              'threshold_minutes', 30, 'snapshot_timestamp', p_at,
                              'task_details', jsonb_build_object('correlation_id', t.correlation_id,
                                                                 'priority', t.priority,
                                                                 'created_at', t.created_at)),
           jsonb_build_object('detection_method', 'automatic', 'time_in_state_minutes', p_minutes,
                              'threshold_minutes', 30),
           p_at, p_at
    from tasker.tasks t
    join tasker.named_tasks nt using (named_task_uuid)
    join tasker.task_namespaces ns using (task_namespace_uuid)
    where t.task_uuid = p_task
    returning dlq_entry_uuid
$$;

-- The past: finished tasks of a day, more of them towards now; every sixth has a closed entry.
do $$
declare
    present timestamp := now() at time zone 'UTC';
    n int;
    kind text;
    task uuid;
    made timestamp;
    ended timestamp;
    entry uuid;
    steps int;
begin
    for n in 1 .. 240 loop
        select t.task, max(t.place) into kind, steps from demo.templates t
        group by t.task order by random() limit 1;
        made := present - (0.05 + 23.9 * (n / 240.0) ^ 2) * interval '1 hour';
        -- the workers of media have been silent for a while
        if kind = 'transcode_video' then
            made := least(made, present - interval '70 minutes');
        end if;
        task := demo.new_task(kind, made, floor(random() * 5)::int);
        perform demo.begin_task(task, made + interval '1 second');
        ended := demo.do_steps(task, case when n % 6 = 0 then 1 else steps end, made + interval '2 seconds');
        if n % 6 = 0 then
            ended := demo.fail_step(demo.step_at(task, 2), 1 + n % 2, ended, 'waiting_for_retry');
            entry := demo.open_entry(
                task,
                (array['staleness_timeout', 'staleness_timeout', 'max_retries_exceeded', 'worker_unavailable',
                       'manual_dlq'])[1 + floor(random() * 5)::int],
                'waiting_for_retry', 31 + floor(random() * 30)::int, ended);
            update tasker.tasks_dlq
            set resolution_status = (array['manually_resolved', 'manually_resolved', 'manually_resolved',
                                           'permanently_failed', 'cancelled'])[1 + floor(random() * 5)::int]
                    ::tasker.dlq_resolution_status,
                resolution_timestamp = least(ended + (3 + 90 * random() ^ 2) * interval '1 minute',
                                             present - interval '10 seconds'),
                resolution_notes = (array['retried after the gateway recovered', 'label service restarted',
                                          'the customer cancelled', 'stock was corrected by hand'])
                    [1 + floor(random() * 4)::int],
                resolved_by = (array['ana@ops', 'ben@ops', 'chloe@ops'])[1 + floor(random() * 3)::int]
            where dlq_entry_uuid = entry;
            ended := ended + interval '1 minute';
            perform demo.move_step(demo.step_at(task, 2), 'pending', '{"type": "Retry"}', ended);
            ended := demo.do_steps(task, steps, ended, 2);
        end if;
        perform demo.move_task(task, 'evaluating_results', ended);
        perform demo.move_task(task, 'complete', ended + interval '0.1 seconds');
    end loop;
end
$$;

-- The present.
do $$
declare
    present timestamp := now() at time zone 'UTC';
    n int;
    task uuid;
    kind text;
    at timestamp;
    step uuid;
    other uuid;
begin
    -- running normally
    for n in 1 .. 14 loop
        kind := (array['charge_order', 'fulfill_order', 'sync_contacts', 'reindex_catalog'])[1 + n % 4];
        task := demo.new_task(kind, present - (1 + 4 * random()) * interval '1 minute', n % 3);
        perform demo.begin_task(task, present - interval '55 seconds');
        at := demo.do_steps(task, 1, present - interval '54 seconds');
        perform demo.move_step(demo.step_at(task, 2), 'enqueued', '{"type": "Enqueue"}', present - interval '5 seconds');
        if n % 2 = 0 then
            perform demo.move_step(demo.step_at(task, 2), 'in_progress', '{"type": "Start"}',
                                   present - interval '4 seconds');
        end if;
    end loop;
    -- the gateway is down: captures wait for their next attempt, some beyond their limit
    for n in 1 .. 9 loop
        at := present - (2 + 4.5 * n) * interval '1 minute';
        task := demo.new_task('charge_order', at - interval '3 minutes', 1 + n % 4);
        perform demo.begin_task(task, at - interval '2 minutes');
        perform demo.do_steps(task, 2, at - interval '2 minutes');
        perform demo.fail_step(demo.step_at(task, 3), 1 + n % 2, at - interval '50 seconds', 'waiting_for_retry',
                               case when n < 6 then 3600 else 30 end);
        perform demo.move_task(task, 'waiting_for_retry', at);
    end loop;
    -- no worker runs the steps of media
    for n in 1 .. 5 loop
        at := present - (30 + 8 * n) * interval '1 minute';
        task := demo.new_task('transcode_video', at - interval '1 minute');
        perform demo.begin_task(task, at);
        perform demo.move_step(demo.step_at(task, 1), 'enqueued', '{"type": "Enqueue"}', at + interval '1 second');
        if n = 5 then
            perform demo.open_entry(task, 'worker_unavailable', 'steps_in_process', 65, present - interval '5 minutes');
        end if;
    end loop;
    -- a step that its worker has abandoned, and one that is flagged as running although it is not
    task := demo.new_task('fulfill_order', present - interval '41 minutes', 3);
    perform demo.begin_task(task, present - interval '40 minutes');
    perform demo.do_steps(task, 2, present - interval '40 minutes');
    perform demo.move_step(demo.step_at(task, 3), 'enqueued', '{"type": "Enqueue"}', present - interval '38 minutes');
    perform demo.move_step(demo.step_at(task, 3), 'in_progress', '{"type": "Start"}', present - interval '38 minutes',
                           jsonb_build_object('worker_uuid', md5('orders1')::uuid));
    -- slow dependencies
    for n in 1 .. 4 loop
        at := present - (18 + 14 * n) * interval '1 minute';
        task := demo.new_task('fulfill_order', at - interval '2 minutes', n);
        perform demo.begin_task(task, at - interval '1 minute');
        perform demo.do_steps(task, 2, at - interval '1 minute');
        perform demo.move_step(demo.step_at(task, 3), 'enqueued', '{"type": "Enqueue"}', at);
        perform demo.move_task(task, 'evaluating_results', at);
        perform demo.move_task(task, 'waiting_for_dependencies', at);
    end loop;
    -- out of attempts: blocked, given up, and with an open entry
    for n in 1 .. 8 loop
        kind := (array['charge_order', 'fulfill_order', 'reindex_catalog', 'charge_order'])[1 + n % 4];
        at := present - (6 + 19 * n) * interval '1 minute';
        task := demo.new_task(kind, at - interval '5 minutes', n % 5);
        perform demo.begin_task(task, at - interval '4 minutes');
        perform demo.do_steps(task, case kind when 'fulfill_order' then 3 when 'charge_order' then 2 else 1 end,
                              at - interval '4 minutes');
        perform demo.fail_step(
            demo.step_at(task, case kind when 'fulfill_order' then 4 when 'charge_order' then 3 else 2 end), 3,
            at - interval '1 minute', 'error', 10);
        perform demo.move_task(task, 'evaluating_results', at);
        perform demo.move_task(task, 'blocked_by_failures', at);
        if n > 1 then
            perform demo.move_task(task, 'error', at + interval '1 minute', '{"reason": "gave up"}');
            perform demo.open_entry(task, 'max_retries_exceeded', 'blocked_by_failures', 1, at + interval '1 minute');
        end if;
    end loop;
    -- stale an hour ago: the system's own sweep has moved them
    for n in 1 .. 3 loop
        at := present - (90 + 20 * n) * interval '1 minute';
        task := demo.new_task('charge_order', at - interval '2 minutes', 2);
        perform demo.begin_task(task, at - interval '1 minute');
        perform demo.do_steps(task, 2, at - interval '1 minute');
        perform demo.fail_step(demo.step_at(task, 3), 2, at - interval '40 seconds', 'waiting_for_retry', 7200);
        perform demo.move_task(task, 'waiting_for_retry', at);
        perform demo.open_entry(task, 'staleness_timeout', 'waiting_for_retry', 21, at + interval '21 minutes');
        perform demo.move_task(task, 'error', at + interval '21 minutes', '{"reason": "staleness_timeout"}');
    end loop;
    -- two steps that wait for each other
    task := demo.new_task('reindex_catalog', present - interval '3 hours', 4);
    perform demo.begin_task(task, present - interval '3 hours');
    perform demo.do_steps(task, 1, present - interval '3 hours');
    step := demo.step_at(task, 2);
    other := demo.step_at(task, 4);
    insert into tasker.workflow_step_edges (from_step_uuid, to_step_uuid, name, created_at, updated_at)
    values (other, step, 'provides', present - interval '3 hours', present - interval '3 hours');
    perform demo.move_task(task, 'error', present - interval '2 hours', '{"reason": "dependency cycle"}');
    perform demo.open_entry(task, 'dependency_cycle_detected', 'waiting_for_dependencies', 60, present - interval '2 hours');
    -- one that somebody sent to the dead-letter queue
    task := demo.new_task('sync_contacts', present - interval '50 minutes');
    perform demo.begin_task(task, present - interval '49 minutes');
    perform demo.do_steps(task, 2, present - interval '49 minutes');
    perform demo.fail_step(demo.step_at(task, 3), 2, present - interval '45 minutes', 'waiting_for_retry', 600);
    perform demo.move_task(task, 'waiting_for_retry', present - interval '43 minutes');
    perform demo.open_entry(task, 'manual_dlq', 'waiting_for_retry', 3, present - interval '20 minutes');
    update tasker.tasks_dlq
    set metadata = metadata || jsonb_build_object('investigation_notes', jsonb_build_array(jsonb_build_object(
        'author', 'chloe@ops', 'epoch', extract(epoch from present - interval '12 minutes'),
        'note', 'the CRM limits us since the campaign began; asked them for more')))
    where task_uuid = task;
    -- one whose failed step somebody has retried through the API, which leaves the attempts used and the task blocked
    at := present - interval '55 minutes';
    task := demo.new_task('charge_order', at - interval '5 minutes', 1);
    perform demo.begin_task(task, at - interval '4 minutes');
    perform demo.do_steps(task, 2, at - interval '4 minutes');
    perform demo.fail_step(demo.step_at(task, 3), 3, at - interval '1 minute', 'error', 10);
    perform demo.move_task(task, 'evaluating_results', at);
    perform demo.move_task(task, 'blocked_by_failures', at);
    perform demo.move_step(demo.step_at(task, 3), 'pending', '{"type": "ResetForRetry"}', at + interval '9 minutes');
end
$$;
analyze;
reset search_path;
reset timezone;
reset enable_seqscan;
reset jit;
