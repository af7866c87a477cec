-- One row is one investigation of a stuck task. History is kept.

create table tasker_tasks_dlq (
    dlq_entry_uuid       uuid primary key default tasker_uuid_v7(),
    task_uuid            uuid not null references tasker_tasks,
    original_state       text not null,
    dlq_reason           dlq_reason not null,
    dlq_timestamp        timestamptz not null default now(),
    task_snapshot        jsonb not null,
    resolution_status    dlq_resolution_status not null default 'pending',
    resolution_timestamp timestamptz,
    resolution_notes     text,
    resolved_by          text,
    error_category       text,
    metadata             jsonb not null default '{}',
    -- every update adds one; an update names the version it saw
    version              int not null default 1,
    created_at           timestamptz not null default now(),
    updated_at           timestamptz not null default now(),
    constraint closed_entries_say_when_and_by_whom check (
        resolution_status = 'pending'
        or (resolution_timestamp is not null and resolved_by is not null)),
    constraint metadata_is_an_object check (jsonb_typeof(metadata) = 'object')
);
-- Any number of detectors may run: the second one to open an investigation is refused here.
create unique index task_has_one_pending_entry
    on tasker_tasks_dlq (task_uuid) where resolution_status = 'pending';
create index entries_by_task on tasker_tasks_dlq (task_uuid, dlq_timestamp);
create index entries_by_arrival on tasker_tasks_dlq (dlq_timestamp);
create index entries_by_resolution
    on tasker_tasks_dlq (resolution_timestamp) where resolution_timestamp is not null;
