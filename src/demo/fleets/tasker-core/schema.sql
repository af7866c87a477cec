-- The layout of a Tasker deployment: its schema, tables, constraints, indexes, functions and views, as far as
-- dlqtop reads or writes them. Names, types and rules are those of that system, and so are its peculiarities:
-- timestamps without a time zone, a threshold that is a function of one row, a dashboard that counts open
-- entries as if they were resolved now.

create schema tasker;
set search_path = tasker, public;

-- UUID version 7, for servers without a function for it.
create function tasker.uuid_generate_v7() returns uuid
language sql volatile parallel safe
as $$
    select (lpad(to_hex((extract(epoch from clock_timestamp()) * 1000)::bigint), 12, '0')
            || '7' || substr(md5(random()::text || clock_timestamp()::text), 1, 3)
            || to_hex(8 + floor(random() * 4)::int)
            || substr(md5(random()::text || clock_timestamp()::text), 1, 15))::uuid
$$;

create type tasker.dlq_reason as enum (
    'staleness_timeout', 'max_retries_exceeded', 'dependency_cycle_detected',
    'worker_unavailable', 'manual_dlq');
create type tasker.dlq_resolution_status as enum (
    'pending', 'manually_resolved', 'permanently_failed', 'cancelled');

create table tasker.task_namespaces (
    task_namespace_uuid uuid primary key default uuid_generate_v7(),
    name                varchar(64) not null constraint task_namespaces_name_unique unique,
    description         varchar(255),
    created_at          timestamp(6) not null,
    updated_at          timestamp(6) not null
);

create table tasker.named_tasks (
    named_task_uuid     uuid primary key default uuid_generate_v7(),
    task_namespace_uuid uuid not null references tasker.task_namespaces,
    name                varchar(64) not null,
    description         varchar(255),
    version             varchar(16) not null default '0.1.0',
    configuration       jsonb default '{}',
    created_at          timestamp(6) not null,
    updated_at          timestamp(6) not null,
    constraint named_tasks_namespace_name_version_unique unique (task_namespace_uuid, name, version)
);

create table tasker.named_steps (
    named_step_uuid uuid primary key default uuid_generate_v7(),
    name            varchar(128) not null constraint named_steps_name_unique unique,
    description     varchar(255),
    created_at      timestamp(6) not null,
    updated_at      timestamp(6) not null
);

create table tasker.named_tasks_named_steps (
    ntns_uuid            uuid primary key default uuid_generate_v7(),
    named_task_uuid      uuid not null references tasker.named_tasks,
    named_step_uuid      uuid not null references tasker.named_steps,
    default_retryable    boolean not null default true,
    default_max_attempts int not null default 3,
    created_at           timestamp(6) not null,
    updated_at           timestamp(6) not null,
    constraint named_tasks_named_steps_unique unique (named_task_uuid, named_step_uuid)
);

create table tasker.tasks (
    task_uuid             uuid primary key default uuid_generate_v7(),
    named_task_uuid       uuid not null references tasker.named_tasks,
    complete              boolean not null default false,
    requested_at          timestamp not null,
    completed_at          timestamp,
    initiator             varchar(128),
    source_system         varchar(128),
    reason                varchar(128),
    tags                  jsonb,
    context               jsonb,
    identity_hash         varchar(128) not null,
    created_at            timestamp(6) not null,
    updated_at            timestamp(6) not null,
    priority              int not null default 0,
    correlation_id        uuid not null,
    parent_correlation_id uuid
);

create table tasker.task_transitions (
    task_transition_uuid uuid primary key default uuid_generate_v7(),
    task_uuid            uuid not null references tasker.tasks,
    to_state             varchar not null,
    from_state           varchar,
    metadata             jsonb default '{}',
    sort_key             int not null,
    most_recent          boolean not null default false,
    created_at           timestamp(6) not null,
    updated_at           timestamp(6) not null,
    processor_uuid       uuid,
    transition_metadata  jsonb default '{}',
    constraint chk_task_transitions_from_state check (from_state is null or from_state in (
        'pending', 'initializing', 'enqueuing_steps', 'steps_in_process', 'evaluating_results',
        'waiting_for_dependencies', 'waiting_for_retry', 'blocked_by_failures', 'complete', 'error',
        'cancelled', 'resolved_manually')),
    constraint chk_task_transitions_to_state check (to_state in (
        'pending', 'initializing', 'enqueuing_steps', 'steps_in_process', 'evaluating_results',
        'waiting_for_dependencies', 'waiting_for_retry', 'blocked_by_failures', 'complete', 'error',
        'cancelled', 'resolved_manually'))
);

create table tasker.workflow_steps (
    workflow_step_uuid      uuid primary key default uuid_generate_v7(),
    task_uuid               uuid not null references tasker.tasks,
    named_step_uuid         uuid not null references tasker.named_steps,
    retryable               boolean not null default true,
    max_attempts            int default 3,
    in_process              boolean not null default false,
    processed               boolean not null default false,
    processed_at            timestamp,
    attempts                int,
    last_attempted_at       timestamp,
    backoff_request_seconds int,
    inputs                  jsonb,
    results                 jsonb,
    created_at              timestamp(6) not null,
    updated_at              timestamp(6) not null,
    priority                int not null default 0,
    checkpoint              jsonb,
    constraint uq_workflow_step_task_named_step unique (task_uuid, named_step_uuid)
);

create table tasker.workflow_step_edges (
    workflow_step_edge_uuid uuid primary key default uuid_generate_v7(),
    from_step_uuid          uuid not null references tasker.workflow_steps,
    to_step_uuid            uuid not null references tasker.workflow_steps,
    name                    varchar not null,
    created_at              timestamp(6) not null,
    updated_at              timestamp(6) not null,
    constraint unique_edge_per_step_pair unique (from_step_uuid, to_step_uuid, name)
);

create table tasker.workflow_step_transitions (
    workflow_step_transition_uuid uuid primary key default uuid_generate_v7(),
    workflow_step_uuid            uuid not null references tasker.workflow_steps,
    to_state                      varchar not null,
    from_state                    varchar,
    metadata                      jsonb default '{}',
    sort_key                      int not null,
    most_recent                   boolean not null default false,
    created_at                    timestamp(6) not null,
    updated_at                    timestamp(6) not null,
    constraint chk_workflow_step_transitions_from_state check (from_state is null or from_state in (
        'pending', 'enqueued', 'in_progress', 'enqueued_for_orchestration',
        'enqueued_as_error_for_orchestration', 'waiting_for_retry', 'complete', 'error', 'cancelled',
        'resolved_manually')),
    constraint chk_workflow_step_transitions_to_state check (to_state in (
        'pending', 'enqueued', 'in_progress', 'enqueued_for_orchestration',
        'enqueued_as_error_for_orchestration', 'waiting_for_retry', 'complete', 'error', 'cancelled',
        'resolved_manually'))
);

create table tasker.workflow_step_result_audit (
    workflow_step_result_audit_uuid uuid primary key default uuid_generate_v7(),
    workflow_step_uuid              uuid not null references tasker.workflow_steps,
    workflow_step_transition_uuid   uuid not null references tasker.workflow_step_transitions,
    task_uuid                       uuid not null references tasker.tasks,
    recorded_at                     timestamp(6) not null default now(),
    worker_uuid                     uuid,
    correlation_id                  uuid,
    success                         boolean not null,
    execution_time_ms               bigint,
    created_at                      timestamp(6) not null default now(),
    updated_at                      timestamp(6) not null default now(),
    constraint uq_audit_step_transition unique (workflow_step_uuid, workflow_step_transition_uuid)
);

create table tasker.tasks_dlq (
    dlq_entry_uuid       uuid primary key default uuid_generate_v7(),
    task_uuid            uuid not null references tasker.tasks,
    original_state       varchar(50) not null,
    dlq_reason           dlq_reason not null,
    dlq_timestamp        timestamp not null default now(),
    resolution_status    dlq_resolution_status not null default 'pending',
    resolution_timestamp timestamp,
    resolution_notes     text,
    resolved_by          varchar(255),
    task_snapshot        jsonb not null,
    metadata             jsonb,
    created_at           timestamp not null default now(),
    updated_at           timestamp not null default now()
);

-- All indexes, even those that no statement of dlqtop uses: they cost writers time, and the planner chooses
-- among them.
create index idx_audit_correlation_id on workflow_step_result_audit (correlation_id)
    where correlation_id is not null;
create index idx_audit_recorded_at on workflow_step_result_audit (recorded_at);
create index idx_audit_step_uuid on workflow_step_result_audit (workflow_step_uuid);
create index idx_audit_success on workflow_step_result_audit (success);
create index idx_audit_task_uuid on workflow_step_result_audit (task_uuid);
create index idx_audit_worker_uuid on workflow_step_result_audit (worker_uuid)
    where worker_uuid is not null;
create index idx_dlq_reason on tasks_dlq (dlq_reason);
create index idx_dlq_resolution_status on tasks_dlq (resolution_status, dlq_timestamp);
create index idx_dlq_task_lookup on tasks_dlq (task_uuid);
create index idx_dlq_timestamp on tasks_dlq (dlq_timestamp desc);
create unique index idx_dlq_unique_pending_task on tasks_dlq (task_uuid)
    where resolution_status = 'pending';
create index idx_named_tasks_lifecycle_config on named_tasks using gin ((configuration -> 'lifecycle'))
    where configuration -> 'lifecycle' is not null;
create index idx_named_tasks_namespace_uuid on named_tasks (task_namespace_uuid);
create index idx_task_namespaces_name on task_namespaces (name);
create index idx_task_transitions_processor on task_transitions (processor_uuid)
    where processor_uuid is not null;
create index idx_task_transitions_state_lookup on task_transitions (task_uuid, to_state, most_recent)
    where most_recent = true;
create index idx_task_transitions_timeout on task_transitions ((transition_metadata ->> 'timeout_at'))
    where most_recent = true;
create unique index idx_task_transitions_uuid_most_recent on task_transitions (task_uuid, most_recent)
    where most_recent = true;
create index idx_task_transitions_uuid_sort_key on task_transitions (task_uuid, sort_key);
create index idx_task_transitions_uuid_temporal on task_transitions (task_transition_uuid, created_at);
create index idx_task_transitions_most_recent on task_transitions (most_recent)
    where most_recent = true;
create index idx_task_transitions_task_uuid on task_transitions (task_uuid);
create index idx_tasks_complete on tasks (complete);
create index idx_tasks_completed_at on tasks (completed_at);
create index idx_tasks_correlation_hierarchy on tasks (parent_correlation_id, correlation_id)
    where parent_correlation_id is not null;
create index idx_tasks_correlation_id on tasks (correlation_id);
create index idx_tasks_identity_hash on tasks (identity_hash);
create index idx_tasks_named_task_uuid on tasks (named_task_uuid);
create index idx_tasks_parent_correlation_id on tasks (parent_correlation_id)
    where parent_correlation_id is not null;
create index idx_tasks_priority on tasks (priority);
create index idx_tasks_requested_at on tasks (requested_at);
create index idx_tasks_source_system on tasks (source_system);
create index idx_tasks_tags_gin on tasks using gin (tags);
create index idx_tasks_tags_gin_path on tasks using gin (tags jsonb_path_ops);
create index idx_tasks_active_with_priority_covering on tasks (complete, priority, task_uuid)
    include (named_task_uuid, requested_at) where complete = false;
create index idx_tasks_uuid_temporal on tasks (task_uuid, created_at);
create index idx_workflow_step_edges_from_step on workflow_step_edges (from_step_uuid);
create index idx_workflow_step_edges_to_step on workflow_step_edges (to_step_uuid);
create index idx_workflow_step_edges_from_step_name on workflow_step_edges (from_step_uuid, name);
create index idx_workflow_step_transitions_most_recent on workflow_step_transitions (most_recent)
    where most_recent = true;
create index idx_workflow_step_transitions_step_uuid
    on workflow_step_transitions (workflow_step_uuid);
create index idx_workflow_step_transitions_state_lookup
    on workflow_step_transitions (workflow_step_uuid, to_state, most_recent) where most_recent = true;
create unique index idx_workflow_step_transitions_uuid_most_recent
    on workflow_step_transitions (workflow_step_uuid, most_recent) where most_recent = true;
create index idx_workflow_step_transitions_uuid_sort_key
    on workflow_step_transitions (workflow_step_uuid, sort_key);
create index idx_workflow_step_transitions_uuid_temporal
    on workflow_step_transitions (workflow_step_transition_uuid, created_at);
create index idx_workflow_steps_named_step_uuid on workflow_steps (named_step_uuid);
create index idx_workflow_steps_task_uuid on workflow_steps (task_uuid);
create index idx_workflow_steps_active_operations on workflow_steps (workflow_step_uuid, task_uuid)
    where processed = false or processed is null;
create index idx_workflow_steps_processed_at on workflow_steps (processed_at);
create index idx_workflow_steps_processing_status on workflow_steps (task_uuid, processed, in_process);
create index idx_workflow_steps_ready_covering on workflow_steps (task_uuid, processed, in_process)
    include (workflow_step_uuid, attempts, max_attempts, retryable) where processed = false;
create index idx_workflow_steps_retry_logic on workflow_steps (attempts, max_attempts, retryable);
create index idx_workflow_steps_retry_status on workflow_steps (attempts, max_attempts);
create index idx_workflow_steps_task_covering on workflow_steps (task_uuid)
    include (workflow_step_uuid, processed, in_process, attempts, max_attempts);
create index idx_workflow_steps_task_grouping_active on workflow_steps (task_uuid, workflow_step_uuid)
    where processed = false or processed is null;
create index idx_workflow_steps_task_readiness
    on workflow_steps (task_uuid, processed, workflow_step_uuid) where processed = false;
create index idx_workflow_steps_transitive_deps on workflow_steps (workflow_step_uuid, named_step_uuid)
    include (task_uuid, processed);

-- The threshold of one row. Fails at a value that is not an integer.
create function tasker.calculate_staleness_threshold(
    p_task_state varchar, p_template_config jsonb, p_default_waiting_deps int default 60,
    p_default_waiting_retry int default 30, p_default_steps_process int default 30)
returns int
language plpgsql immutable
as $$
begin
    return case p_task_state
        when 'waiting_for_dependencies' then coalesce(
            (p_template_config -> 'lifecycle' ->> 'max_waiting_for_dependencies_minutes')::int,
            p_default_waiting_deps)
        when 'waiting_for_retry' then coalesce(
            (p_template_config -> 'lifecycle' ->> 'max_waiting_for_retry_minutes')::int,
            p_default_waiting_retry)
        when 'steps_in_process' then coalesce(
            (p_template_config -> 'lifecycle' ->> 'max_steps_in_process_minutes')::int,
            p_default_steps_process)
        else 1440
    end;
end
$$;

create function tasker.calculate_step_next_retry_time(
    backoff_request_seconds int, last_attempted_at timestamp, failure_time timestamp, attempts int,
    p_max_backoff_seconds int default 60, p_backoff_multiplier numeric default 2.0)
returns timestamp
language sql stable
as $$
    select case
        when backoff_request_seconds is not null and last_attempted_at is not null
            then last_attempted_at + backoff_request_seconds * interval '1 second'
        when failure_time is not null
            then failure_time + least(
                power(p_backoff_multiplier, coalesce(attempts, 1)) * interval '1 second',
                p_max_backoff_seconds * interval '1 second')
    end
$$;

create function tasker.evaluate_step_state_readiness(
    current_state text, processed boolean, in_process boolean, dependencies_satisfied boolean,
    retry_eligible boolean, retryable boolean, next_retry_time timestamp)
returns boolean
language sql stable
as $$
    select coalesce(current_state, 'pending') in ('pending', 'waiting_for_retry')
        and processed is not true
        and in_process is not true
        and dependencies_satisfied
        and retry_eligible
        and (next_retry_time is null or next_retry_time <= now())
$$;

-- Which steps could run. Names are resolved in the caller's search path.
create function tasker.get_step_readiness_status(input_task_uuid uuid, step_uuids uuid[] default null)
returns table (
    workflow_step_uuid uuid, task_uuid uuid, named_step_uuid uuid, name text, current_state text,
    dependencies_satisfied boolean, retry_eligible boolean, ready_for_execution boolean,
    last_failure_at timestamp, next_retry_at timestamp, total_parents int, completed_parents int,
    attempts int, max_attempts int, backoff_request_seconds int, last_attempted_at timestamp)
language plpgsql stable
as $$
begin
    return query
    with chosen as (
        select s.workflow_step_uuid
        from workflow_steps s
        where s.task_uuid = input_task_uuid
          and (step_uuids is null or s.workflow_step_uuid = any(step_uuids))
    ),
    states as (
        select st.workflow_step_uuid, st.to_state
        from workflow_step_transitions st
        join chosen c on c.workflow_step_uuid = st.workflow_step_uuid
        where st.most_recent = true
    ),
    failures as (
        select st.workflow_step_uuid, max(st.created_at) as failed_at
        from workflow_step_transitions st
        join chosen c on c.workflow_step_uuid = st.workflow_step_uuid
        where st.to_state = 'error'
        group by st.workflow_step_uuid
    ),
    parents as (
        select
            e.to_step_uuid,
            count(*) as total,
            count(*) filter (where p.to_state in ('complete', 'resolved_manually')) as done
        from workflow_step_edges e
        join chosen c on c.workflow_step_uuid = e.to_step_uuid
        left join states p on p.workflow_step_uuid = e.from_step_uuid
        group by e.to_step_uuid
    ),
    flags as (
        select
            s.workflow_step_uuid as step,
            coalesce(p.total = p.done, true) as satisfied,
            coalesce(s.attempts, 0) = 0
                or (s.retryable and coalesce(s.attempts, 0) < coalesce(s.max_attempts, 3)) as eligible,
            calculate_step_next_retry_time(
                s.backoff_request_seconds, s.last_attempted_at, f.failed_at, s.attempts) as due,
            f.failed_at,
            coalesce(p.total, 0)::int as total,
            coalesce(p.done, 0)::int as done
        from workflow_steps s
        join chosen c on c.workflow_step_uuid = s.workflow_step_uuid
        left join parents p on p.to_step_uuid = s.workflow_step_uuid
        left join failures f on f.workflow_step_uuid = s.workflow_step_uuid
    )
    select
        s.workflow_step_uuid, s.task_uuid, s.named_step_uuid, n.name::text,
        coalesce(st.to_state, 'pending')::text, g.satisfied, g.eligible,
        evaluate_step_state_readiness(
            coalesce(st.to_state, 'pending'), s.processed, s.in_process, g.satisfied, g.eligible,
            s.retryable, g.due),
        g.failed_at, g.due, g.total, g.done, coalesce(s.attempts, 0), coalesce(s.max_attempts, 3),
        s.backoff_request_seconds, s.last_attempted_at
    from workflow_steps s
    join flags g on g.step = s.workflow_step_uuid
    join named_steps n on n.named_step_uuid = s.named_step_uuid
    left join states st on st.workflow_step_uuid = s.workflow_step_uuid
    order by s.task_uuid, s.workflow_step_uuid;
end
$$;

-- Adds an audit row for each result of a worker.
create function tasker.create_step_result_audit() returns trigger
language plpgsql
as $$
declare
    worker uuid;
    correlation uuid;
    event jsonb;
    succeeded boolean := new.to_state = 'enqueued_for_orchestration';
    took bigint;
begin
    if new.to_state not in ('enqueued_for_orchestration', 'enqueued_as_error_for_orchestration') then
        return new;
    end if;
    begin
        worker := (new.metadata ->> 'worker_uuid')::uuid;
        correlation := (new.metadata ->> 'correlation_id')::uuid;
    exception when others then null;
    end;
    begin
        event := (new.metadata ->> 'event')::jsonb;
        succeeded := coalesce((event ->> 'success')::boolean, succeeded);
        took := (event -> 'metadata' ->> 'execution_time_ms')::bigint;
    exception when others then null;
    end;
    insert into workflow_step_result_audit
        (workflow_step_uuid, workflow_step_transition_uuid, task_uuid, worker_uuid, correlation_id,
         success, execution_time_ms)
    select new.workflow_step_uuid, new.workflow_step_transition_uuid, s.task_uuid, worker, correlation,
           succeeded, took
    from workflow_steps s
    where s.workflow_step_uuid = new.workflow_step_uuid;
    return new;
end
$$;
create trigger trg_step_result_audit after insert on workflow_step_transitions
    for each row execute function create_step_result_audit();

create function tasker.update_updated_at_column() returns trigger
language plpgsql
as $$
begin
    new.updated_at = current_timestamp;
    return new;
end
$$;
create trigger update_dlq_updated_at before update on tasks_dlq
    for each row execute function update_updated_at_column();

-- Compare and swap.
create function tasker.transition_task_state_atomic(
    p_task_uuid uuid, p_from_state varchar, p_to_state varchar, p_processor_uuid uuid,
    p_metadata jsonb default '{}')
returns boolean
language plpgsql
as $$
declare
    next_key int;
    written  int;
begin
    select coalesce(max(sort_key), 0) + 1 into next_key
    from task_transitions where task_uuid = p_task_uuid;
    with present as (
        select to_state from task_transitions
        where task_uuid = p_task_uuid and most_recent = true
        for update
    ),
    ended as (
        update task_transitions set most_recent = false
        where task_uuid = p_task_uuid and most_recent = true
          and exists (select from present where to_state = p_from_state)
        returning task_uuid
    )
    insert into task_transitions
        (task_uuid, from_state, to_state, processor_uuid, transition_metadata, sort_key, most_recent,
         created_at, updated_at)
    select p_task_uuid, p_from_state, p_to_state, p_processor_uuid, p_metadata, next_key, true,
           now(), now()
    where exists (select from ended);
    get diagnostics written = row_count;
    return written > 0;
end
$$;

create view tasker.v_task_state_analysis as
select
    t.task_uuid,
    t.correlation_id,
    ns.name as namespace_name,
    ns.task_namespace_uuid as namespace_uuid,
    nt.name as task_name,
    nt.named_task_uuid,
    nt.configuration as template_config,
    tr.to_state as current_state,
    tr.created_at as state_entered_at,
    extract(epoch from now() - tr.created_at::timestamptz) / 60 as time_in_state_minutes,
    extract(epoch from now() - t.created_at::timestamptz) / 60 as task_age_minutes,
    t.priority,
    t.complete
from tasks t
join named_tasks nt on nt.named_task_uuid = t.named_task_uuid
join task_namespaces ns on ns.task_namespace_uuid = nt.task_namespace_uuid
join task_transitions tr on tr.task_uuid = t.task_uuid and tr.most_recent = true
where t.complete = false;

create view tasker.v_task_staleness_monitoring as
select
    task_uuid,
    namespace_name,
    task_name,
    current_state,
    time_in_state_minutes,
    task_age_minutes,
    calculate_staleness_threshold(current_state, template_config, 60, 30, 30)
        as staleness_threshold_minutes,
    case
        when time_in_state_minutes
             >= calculate_staleness_threshold(current_state, template_config, 60, 30, 30)::numeric
            then 'stale'
        when time_in_state_minutes
             >= calculate_staleness_threshold(current_state, template_config, 60, 30, 30)::numeric * 0.8
            then 'warning'
        else 'healthy'
    end as health_status,
    priority
from v_task_state_analysis
where current_state in ('waiting_for_dependencies', 'waiting_for_retry', 'steps_in_process');

create view tasker.v_dlq_dashboard as
select
    dlq_reason,
    count(*) as total_entries,
    count(*) filter (where resolution_status = 'pending') as pending,
    count(*) filter (where resolution_status = 'manually_resolved') as manually_resolved,
    count(*) filter (where resolution_status = 'permanently_failed') as permanent_failures,
    count(*) filter (where resolution_status = 'cancelled') as cancelled,
    min(dlq_timestamp) as oldest_entry,
    max(dlq_timestamp) as newest_entry,
    avg(extract(epoch from coalesce(resolution_timestamp::timestamptz, now())
                - dlq_timestamp::timestamptz) / 60) as avg_resolution_time_minutes
from tasks_dlq
group by dlq_reason;

create view tasker.v_dlq_investigation_queue as
select
    dlq_entry_uuid,
    task_uuid,
    original_state,
    dlq_reason,
    dlq_timestamp,
    extract(epoch from now() - dlq_timestamp::timestamptz) / 60 as minutes_in_dlq,
    task_snapshot ->> 'namespace' as namespace_name,
    task_snapshot ->> 'task_name' as task_name,
    task_snapshot ->> 'current_state' as current_state,
    (metadata ->> 'time_in_state_minutes')::int as time_in_state_minutes,
    case dlq_reason
        when 'dependency_cycle_detected' then 1000
        when 'max_retries_exceeded' then 500
        when 'staleness_timeout' then 100
        when 'worker_unavailable' then 50
        else 10
    end::numeric + extract(epoch from now() - dlq_timestamp::timestamptz) / 60 as priority_score
from tasks_dlq
where resolution_status = 'pending'
order by priority_score desc;

-- Its own sweep.
create function tasker.get_stale_tasks_for_dlq(
    p_default_waiting_deps int default 60, p_default_waiting_retry int default 30,
    p_default_steps_process int default 30, p_max_lifetime_hours int default 24,
    p_batch_size int default 100)
returns table (
    task_uuid uuid, namespace_name varchar, task_name varchar, current_state varchar,
    time_in_state_minutes numeric, threshold_minutes int, task_age_minutes numeric)
language plpgsql
as $$
begin
    return query
    select
        a.task_uuid, a.namespace_name, a.task_name, a.current_state, a.time_in_state_minutes,
        calculate_staleness_threshold(
            a.current_state, a.template_config, p_default_waiting_deps, p_default_waiting_retry,
            p_default_steps_process),
        a.task_age_minutes
    from v_task_state_analysis a
    left join tasks_dlq d on d.task_uuid = a.task_uuid and d.resolution_status = 'pending'
    where a.current_state in ('waiting_for_dependencies', 'waiting_for_retry', 'steps_in_process')
      and d.task_uuid is null
      and (a.time_in_state_minutes >= calculate_staleness_threshold(
               a.current_state, a.template_config, p_default_waiting_deps, p_default_waiting_retry,
               p_default_steps_process)
           or a.task_age_minutes >= p_max_lifetime_hours * 60)
    order by a.time_in_state_minutes desc
    limit p_batch_size;
end
$$;

create function tasker.create_dlq_entry(
    p_task_uuid uuid, p_namespace_name varchar, p_task_name varchar, p_current_state varchar,
    p_time_in_state_minutes int, p_threshold_minutes int,
    p_dlq_reason varchar default 'staleness_timeout')
returns uuid
language plpgsql
as $$
declare
    entry uuid;
begin
    insert into tasks_dlq (task_uuid, original_state, dlq_reason, task_snapshot, metadata)
    select
        t.task_uuid, p_current_state, p_dlq_reason::dlq_reason,
        jsonb_build_object(
            'task_uuid', t.task_uuid,
            'namespace', p_namespace_name,
            'task_name', p_task_name,
            'current_state', p_current_state,
            'time_in_state_minutes', p_time_in_state_minutes,
            'threshold_minutes', p_threshold_minutes,
            'snapshot_timestamp', now(),
            'task_details', jsonb_build_object(
                'correlation_id', t.correlation_id,
                'priority', t.priority,
                'requested_at', t.requested_at,
                'created_at', t.created_at)),
        jsonb_build_object(
            'detection_method', 'automatic_staleness',
            'time_in_state_minutes', p_time_in_state_minutes,
            'threshold_minutes', p_threshold_minutes)
    from tasks t
    where t.task_uuid = p_task_uuid
    on conflict (task_uuid) where resolution_status = 'pending' do nothing
    returning dlq_entry_uuid into entry;
    return entry;
exception when others then
    raise warning 'no entry for task %: %', p_task_uuid, sqlerrm;
    return null;
end
$$;

create function tasker.transition_stale_task_to_error(
    p_task_uuid uuid, p_current_state varchar, p_namespace_name varchar, p_task_name varchar)
returns boolean
language plpgsql
as $$
begin
    return transition_task_state_atomic(
        p_task_uuid, p_current_state, 'error', null,
        jsonb_build_object('reason', 'staleness_timeout', 'namespace', p_namespace_name,
                           'task_name', p_task_name, 'detected_at', now()));
exception when others then
    raise warning 'task % stays: %', p_task_uuid, sqlerrm;
    return false;
end
$$;

create function tasker.detect_and_transition_stale_tasks(
    p_dry_run boolean default true, p_batch_size int default 100,
    p_default_waiting_deps_threshold int default 60,
    p_default_waiting_retry_threshold int default 30,
    p_default_steps_in_process_threshold int default 30,
    p_default_task_max_lifetime_hours int default 24)
returns table (
    task_uuid uuid, namespace_name varchar, task_name varchar, current_state varchar,
    time_in_state_minutes int, staleness_threshold_minutes int, action_taken varchar,
    moved_to_dlq boolean, transition_success boolean)
language plpgsql
as $$
declare
    stale record;
    entry uuid;
    moved boolean;
begin
    for stale in
        select * from get_stale_tasks_for_dlq(
            p_default_waiting_deps_threshold, p_default_waiting_retry_threshold,
            p_default_steps_in_process_threshold, p_default_task_max_lifetime_hours, p_batch_size)
    loop
        entry := null;
        moved := false;
        action_taken := 'would_transition_to_dlq_and_error';
        if not p_dry_run then
            entry := create_dlq_entry(
                stale.task_uuid, stale.namespace_name, stale.task_name, stale.current_state,
                stale.time_in_state_minutes::int, stale.threshold_minutes, 'staleness_timeout');
            moved := transition_stale_task_to_error(
                stale.task_uuid, stale.current_state, stale.namespace_name, stale.task_name);
            action_taken := case
                when entry is not null and moved then 'transitioned_to_dlq_and_error'
                when entry is not null then 'moved_to_dlq_only'
                when moved then 'transitioned_to_error_only'
                else 'transition_failed'
            end;
        end if;
        return query select
            stale.task_uuid, stale.namespace_name, stale.task_name, stale.current_state,
            stale.time_in_state_minutes::int, stale.threshold_minutes, action_taken,
            entry is not null, moved;
    end loop;
end
$$;

reset search_path;
