-- A job queue of a Go service in PostgreSQL. Its timestamps have no time zone: they are in UTC by convention.
create type task_status as enum (
    'pending', 'claimed', 'running', 'completed', 'failed', 'dead_letter');

create table tasks (
    id              uuid primary key default gen_random_uuid(),
    type            text not null,
    payload         jsonb,
    status          task_status not null default 'pending',
    priority        int not null default 0,
    idempotency_key text,
    worker_id       text,
    attempts        int not null default 0,
    max_retries     int not null default 3,
    last_error      text,
    next_retry_at   timestamp,
    created_at      timestamp not null default (now() at time zone 'utc'),
    claimed_at      timestamp,
    started_at      timestamp,
    completed_at    timestamp,
    updated_at      timestamp not null default (now() at time zone 'utc'),
    unique (type, idempotency_key)
);

-- For claiming: due tasks, the most urgent first.
create index idx_tasks_claimable on tasks (priority desc, created_at) where status = 'pending';
-- For the clean-up: tasks whose worker is gone.
create index idx_tasks_held on tasks (worker_id) where status in ('claimed', 'running');
-- For its own list of dead letters.
create index idx_tasks_dead on tasks (updated_at) where status in ('failed', 'dead_letter');
-- For retention.
create index idx_tasks_completed on tasks (completed_at) where status = 'completed';

create table workers (
    id             text primary key,  -- hostname-pid-random
    hostname       text not null,
    started_at     timestamp not null default (now() at time zone 'utc'),
    last_heartbeat timestamp not null default (now() at time zone 'utc'),
    pool_size      int not null,
    version        text,
    is_leader      boolean not null default false,
    leader_until   timestamp
);
