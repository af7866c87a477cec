-- Append-only state changes. The one row that is most_recent is the present state.

create table tasker_task_transitions (
    task_transition_uuid uuid primary key default tasker_uuid_v7(),
    task_uuid            uuid not null references tasker_tasks on delete cascade,
    from_state           text,
    to_state             text not null,
    most_recent          boolean not null,
    sort_key             int not null,
    processor            text,
    reason               text,
    metadata             jsonb not null default '{}',
    created_at           timestamptz not null default now(),
    constraint task_transition_order_is_unique unique (task_uuid, sort_key),
    constraint task_state_is_known check (to_state in (
        'pending', 'initializing', 'enqueuing_steps', 'steps_in_process', 'evaluating_results',
        'waiting_for_dependencies', 'waiting_for_retry', 'blocked_by_failures',
        'complete', 'error', 'cancelled', 'resolved_manually'))
);
-- Two present states would show one task in two panes.
create unique index task_has_one_present_state
    on tasker_task_transitions (task_uuid) where most_recent;
-- The sweep, the staleness view and the workers look only at what is alive.
create index tasks_in_flight
    on tasker_task_transitions (to_state, created_at)
    where most_recent and to_state not in ('complete', 'cancelled', 'resolved_manually');

create table tasker_workflow_step_transitions (
    workflow_step_transition_uuid uuid primary key default tasker_uuid_v7(),
    workflow_step_uuid            uuid not null
        references tasker_workflow_steps on delete cascade,
    from_state                    text,
    to_state                      text not null,
    most_recent                   boolean not null,
    sort_key                      int not null,
    processor                     text,
    reason                        text,
    metadata                      jsonb not null default '{}',
    created_at                    timestamptz not null default now(),
    constraint step_transition_order_is_unique unique (workflow_step_uuid, sort_key),
    constraint step_state_is_known check (to_state in (
        'pending', 'enqueued', 'in_progress', 'enqueued_for_orchestration',
        'enqueued_as_error_for_orchestration', 'waiting_for_retry',
        'complete', 'error', 'cancelled', 'resolved_manually'))
);
create unique index step_has_one_present_state
    on tasker_workflow_step_transitions (workflow_step_uuid) where most_recent;
create index steps_in_flight
    on tasker_workflow_step_transitions (to_state, created_at)
    where most_recent and to_state not in ('complete', 'cancelled', 'resolved_manually', 'pending');
create index steps_finished
    on tasker_workflow_step_transitions (created_at) where to_state = 'complete';
