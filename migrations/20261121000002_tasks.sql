-- Templates, tasks, steps and the edges between steps.

create table tasker_task_namespaces (
    task_namespace_uuid uuid primary key default tasker_uuid_v7(),
    name                text not null,
    description         text,
    created_at          timestamptz not null default now(),
    constraint namespace_name_is_unique unique (name),
    constraint namespace_name_fits check (length(name) between 1 and 64)
);

create table tasker_named_tasks (
    named_task_uuid     uuid primary key default tasker_uuid_v7(),
    task_namespace_uuid uuid not null references tasker_task_namespaces,
    name                text not null,
    version             text not null default '1.0.0',
    -- lifecycle (thresholds, staleness_action, auto_* flags) and the steps
    configuration       jsonb not null default '{}',
    created_at          timestamptz not null default now(),
    updated_at          timestamptz not null default now(),
    constraint template_is_unique_in_its_namespace unique (task_namespace_uuid, name, version),
    constraint template_name_fits check (length(name) between 1 and 128)
);

create table tasker_tasks (
    task_uuid             uuid primary key default tasker_uuid_v7(),
    named_task_uuid       uuid not null references tasker_named_tasks,
    correlation_id        uuid not null default tasker_uuid_v7(),
    parent_correlation_id uuid,
    context               jsonb not null default '{}',
    priority              int not null default 0,
    complete              boolean not null default false,
    requested_at          timestamptz not null default now(),
    completed_at          timestamptz,
    initiator             text,
    source_system         text,
    reason                text,
    tags                  jsonb not null default '[]',
    identity_hash         text,
    created_at            timestamptz not null default now(),
    updated_at            timestamptz not null default now()
);
create index tasks_by_template on tasker_tasks (named_task_uuid);
create index tasks_by_correlation on tasker_tasks (correlation_id);

create table tasker_workflow_steps (
    workflow_step_uuid uuid primary key default tasker_uuid_v7(),
    task_uuid          uuid not null references tasker_tasks on delete cascade,
    step_name          text not null,
    step_number        int not null default 0,
    retryable          boolean not null default true,
    attempts           int not null default 0,
    max_attempts       int not null default 3,
    timeout_seconds    int,
    backoff_base_ms    int not null default 1000,
    max_backoff_ms     int not null default 60000,
    inputs             jsonb,
    results            jsonb,
    last_error         text,
    last_attempted_at  timestamptz,
    last_failure_at    timestamptz,
    next_retry_at      timestamptz,
    created_at         timestamptz not null default now(),
    updated_at         timestamptz not null default now(),
    constraint step_name_is_unique_in_its_task unique (task_uuid, step_name),
    constraint attempts_are_counted_from_zero check (attempts >= 0 and max_attempts >= 0),
    constraint timeout_is_positive check (timeout_seconds > 0),
    constraint backoff_is_not_negative check (backoff_base_ms >= 0 and max_backoff_ms >= 0)
);

create table tasker_workflow_step_edges (
    parent_step_uuid uuid not null references tasker_workflow_steps on delete cascade,
    child_step_uuid  uuid not null references tasker_workflow_steps on delete cascade,
    primary key (parent_step_uuid, child_step_uuid),
    constraint step_does_not_wait_for_itself check (parent_step_uuid <> child_step_uuid)
);
create index edges_by_child on tasker_workflow_step_edges (child_step_uuid);

-- A cycle would leave every step in it waiting for the others for ever. Two concurrent inserts
-- can still close one between them, and so can a restore with triggers off: the sweep looks for
-- what slipped through (dependency_cycle_detected).
create function refuse_step_cycle() returns trigger
language plpgsql
as $$
begin
    if (select count(distinct task_uuid) from tasker_workflow_steps
        where workflow_step_uuid in (new.parent_step_uuid, new.child_step_uuid)) > 1 then
        raise exception 'steps % and % belong to different tasks',
            new.parent_step_uuid, new.child_step_uuid
            using errcode = 'check_violation', constraint = 'edges_stay_in_one_task';
    end if;
    if exists (
        with recursive descendants (step) as (
            select new.child_step_uuid
            union
            select e.child_step_uuid
            from tasker_workflow_step_edges e
            join descendants d on d.step = e.parent_step_uuid
        )
        select from descendants where step = new.parent_step_uuid
    ) then
        raise exception 'step % already waits for step %: the edge would close a cycle',
            new.parent_step_uuid, new.child_step_uuid
            using errcode = 'check_violation', constraint = 'steps_form_no_cycle';
    end if;
    return new;
end
$$;

create trigger steps_form_no_cycle
    before insert or update on tasker_workflow_step_edges
    for each row execute function refuse_step_cycle();

-- Who works: workers say so every few seconds.
create table tasker_workers (
    worker_name         text primary key,
    task_namespace_uuid uuid not null references tasker_task_namespaces,
    started_at          timestamptz not null default now(),
    last_heartbeat_at   timestamptz not null default now()
);
create index workers_by_namespace on tasker_workers (task_namespace_uuid, last_heartbeat_at);
