-- Failed jobs of Celery workers, as an application keeps them, and the tables of the SQL broker.

create table worker_failed_jobs (
    id                uuid primary key default gen_random_uuid(),
    task_id           varchar(255),
    task_name         varchar(255),
    queue             varchar(255),
    worker            varchar(255),
    task_args         jsonb,
    task_kwargs       jsonb,
    tenant_id         uuid,
    error_type        varchar(255),
    exception_class   varchar(255),
    error_message     text,
    traceback         text,
    retry_count       integer default 0,
    last_retry_at     timestamptz,
    status            varchar(32) default 'pending',
    remediation_notes text,
    resolved_at       timestamptz,
    correlation_id    varchar(255),
    failed_at         timestamptz default now()
);

create index ix_worker_failed_jobs_task_id on worker_failed_jobs (task_id);
create index ix_worker_failed_jobs_status on worker_failed_jobs (status);
create index ix_worker_failed_jobs_failed_at on worker_failed_jobs (failed_at);
create index ix_worker_failed_jobs_tenant_id on worker_failed_jobs (tenant_id);

alter table worker_failed_jobs enable row level security;
alter table worker_failed_jobs force row level security;
create policy tenant_isolation on worker_failed_jobs
    using (tenant_id is null
           or tenant_id::text = current_setting('app.current_tenant_id', true));

create sequence queue_id_sequence;
create sequence message_id_sequence;

create table kombu_queue (
    id   integer primary key default nextval('queue_id_sequence'),
    name varchar(200) unique
);

create table kombu_message (
    id        integer primary key default nextval('message_id_sequence'),
    visible   boolean default true,
    timestamp timestamp without time zone,
    payload   text not null,
    version   smallint not null default 1,
    queue_id  integer references kombu_queue (id)
);

create index ix_kombu_message_visible on kombu_message (visible);
create index ix_kombu_message_timestamp on kombu_message (timestamp);
create index ix_kombu_message_timestamp_id on kombu_message (timestamp, id);
