-- Types and small functions that every later file uses, then what work is: namespaces, templates, tasks, steps
-- with the edges between them, workers, and the append-only history of states. The schema dlqtop stands already,
-- with the list of migrations in it.

comment on schema dlqtop is 'What dlqtop keeps for itself: log, notes, claims, snoozes, sweeps, settings';

-- UUID version 7 (RFC 9562, 5.7): 48 bits of Unix milliseconds, then random bits. PostgreSQL has
-- no such function before 18, so a version 4 id gets the time and the version nibble 0111.
create function public.tasker_uuid_v7() returns uuid
language sql volatile parallel safe
begin atomic
    select encode(
        set_bit(
            set_bit(
                overlay(
                    uuid_send(gen_random_uuid())
                    placing substring(
                        int8send((extract(epoch from clock_timestamp()) * 1000)::bigint) from 3)
                    from 1 for 6),
                52, 1),
            53, 1),
        'hex')::uuid;
end;

create type public.dlq_reason as enum (
    'staleness_timeout',
    'max_retries_exceeded',
    'dependency_cycle_detected',
    'worker_unavailable',
    'manual_dlq'
);

create type public.dlq_resolution_status as enum (
    'pending',
    'manually_resolved',
    'permanently_failed',
    'cancelled'
);

-- The answer of every guarded action. outcome: 'done', or 'changed' if the row is no longer what the
-- operator saw; then nothing was written, and the answer says what it is now, by whom and since when.
create type dlqtop.act_result as (
    outcome    text,
    now_state  text,
    changed_by text,
    changed_at timestamptz
);

-- The instant if any client can show it, else null: many programs cannot hold 'infinity' or the far
-- ends of PostgreSQL's calendar.
create function dlqtop.sane_instant(p_at timestamptz) returns timestamptz
language sql immutable parallel safe
begin atomic
    select case when p_at between '0001-01-02 00:00+00' and '9999-12-30 00:00+00' then p_at end;
end;

-- Minutes between two instants; null if one of them is infinite.
create function dlqtop.minutes_between(p_from timestamptz, p_to timestamptz) returns float8
language sql immutable parallel safe
begin atomic
    select case when isfinite(p_from) and isfinite(p_to)
        then extract(epoch from p_to - p_from)::float8 / 60 end;
end;

-- '14:10 UTC', with the date unless it is today.
create function dlqtop.clock_in_words(p_at timestamptz) returns text
language sql stable
begin atomic
    select to_char(p_at at time zone 'UTC',
                   case when (p_at at time zone 'UTC')::date = (now() at time zone 'UTC')::date
                       then 'HH24:MI' else 'YYYY-MM-DD HH24:MI' end) || ' UTC';
end;

-- How all functions here lock, so that no two sessions wait for each other: templates and settings
-- (`dlqtop.lifecycles`), then tasks, then their steps, then entries. docs/dev/locks.md has the whole order.

-- Whoever calls a function that acts waits at most three seconds for each lock of this transaction, unless
-- the session has a limit of its own. Not a SET of the function, which would replace a shorter limit.
create function dlqtop.wait_briefly() returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
    if current_setting('lock_timeout') = '0' then
        perform set_config('lock_timeout', '3s', true);
    end if;
end
$$;

-- Locks a table against those who write to it, or, with `access exclusive`, against everybody. A session
-- that waits for such a lock stops all who come after it, so this waits a moment only, lets them pass, and
-- tries again, for three seconds in all. The session that holds the lock may then not stay idle.
create function dlqtop.lock_table(p_table text, p_mode text) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
set lock_timeout = '200ms'
as $$
declare
    ends constant timestamptz := clock_timestamp() + interval '3 seconds';
    idle constant interval := current_setting('idle_in_transaction_session_timeout')::interval;
begin
    loop
        begin
            execute format('lock table %s in %s mode', p_table, p_mode);
            exit;
        exception when lock_not_available then
            if clock_timestamp() >= ends then
                raise exception 'sessions with an open transaction use %: %', p_table,
                    (select string_agg(distinct l.pid::text, ', ') from pg_locks l
                     where l.relation = replace(p_table, 'only ', '')::regclass
                       and l.granted and l.pid <> pg_backend_pid())
                    using errcode = 'lock_not_available';
            end if;
        end;
        perform pg_sleep(0.05 + 0.05 * random());
    end loop;
    if idle = interval '0' or idle > interval '10 seconds' then
        perform set_config('idle_in_transaction_session_timeout', '10s', true);
    end if;
end
$$;

-- Only the owner, and those to whom it is granted, may call these.
revoke execute on function dlqtop.wait_briefly(), dlqtop.lock_table(text, text) from public;

create table public.tasker_task_namespaces (
    task_namespace_uuid uuid primary key default public.tasker_uuid_v7(),
    name                text not null,
    description         text,
    created_at          timestamptz not null default now(),
    constraint namespace_name_is_unique unique (name),
    constraint namespace_name_fits check (length(name) between 1 and 64)
);

create table public.tasker_named_tasks (
    named_task_uuid     uuid primary key default public.tasker_uuid_v7(),
    task_namespace_uuid uuid not null references public.tasker_task_namespaces,
    name                text not null,
    version             text not null default '1.0.0',
    -- the lifecycle (thresholds, staleness_action, auto_* switches) and the steps
    configuration       jsonb not null default '{}',
    created_at          timestamptz not null default now(),
    updated_at          timestamptz not null default now(),
    constraint template_is_unique_in_its_namespace unique (task_namespace_uuid, name, version),
    constraint template_name_fits check (length(name) between 1 and 128)
);

create table public.tasker_tasks (
    task_uuid             uuid primary key default public.tasker_uuid_v7(),
    named_task_uuid       uuid not null references public.tasker_named_tasks,
    correlation_id        uuid not null default public.tasker_uuid_v7(),
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
create index tasks_by_template on public.tasker_tasks (named_task_uuid);
create index tasks_by_correlation on public.tasker_tasks (correlation_id);

-- The archive finds the oldest tasks that have ended without reading the others.
create index tasks_by_end
    on public.tasker_tasks (complete, completed_at, task_uuid) where completed_at is not null;

create table public.tasker_workflow_steps (
    workflow_step_uuid uuid primary key default public.tasker_uuid_v7(),
    task_uuid          uuid not null references public.tasker_tasks on delete cascade,
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

-- A batch step reports its progress in results.batch_cursor.last_checkpoint. The time in the state
-- counts from there; otherwise a worker in the middle of a long file would count as stuck.
create index steps_with_checkpoint on public.tasker_workflow_steps (task_uuid)
    where jsonb_exists(results, 'batch_cursor');

create table public.tasker_workflow_step_edges (
    parent_step_uuid uuid not null references public.tasker_workflow_steps on delete cascade,
    child_step_uuid  uuid not null references public.tasker_workflow_steps on delete cascade,
    primary key (parent_step_uuid, child_step_uuid),
    constraint step_does_not_wait_for_itself check (parent_step_uuid <> child_step_uuid)
);
create index edges_by_child on public.tasker_workflow_step_edges (child_step_uuid);

-- Steps that depend on each other in a cycle would wait for ever. Two concurrent inserts can still
-- close a cycle, and so can a restore with triggers off: the sweep finds those
-- (dependency_cycle_detected).
create function dlqtop.refuse_step_cycle() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
    if (select count(distinct task_uuid) from public.tasker_workflow_steps
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
            from public.tasker_workflow_step_edges e
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
    before insert or update on public.tasker_workflow_step_edges
    for each row execute function dlqtop.refuse_step_cycle();

-- Each worker writes a heartbeat every few seconds.
create table public.tasker_workers (
    worker_name         text primary key,
    task_namespace_uuid uuid not null references public.tasker_task_namespaces,
    started_at          timestamptz not null default now(),
    last_heartbeat_at   timestamptz not null default now()
);
create index workers_by_namespace on public.tasker_workers (task_namespace_uuid, last_heartbeat_at);

-- The history of states. The one row that is most_recent is the present state.
create table public.tasker_task_transitions (
    task_transition_uuid uuid primary key default public.tasker_uuid_v7(),
    task_uuid            uuid not null references public.tasker_tasks on delete cascade,
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

-- A task with two present states would be listed twice.
create unique index task_has_one_present_state
    on public.tasker_task_transitions (task_uuid) where most_recent;

-- For the sweep, the staleness views and the workers, which read only tasks that have not ended.
create index tasks_in_flight
    on public.tasker_task_transitions (to_state, created_at)
    where most_recent and to_state not in ('complete', 'cancelled', 'resolved_manually');

create table public.tasker_workflow_step_transitions (
    workflow_step_transition_uuid uuid primary key default public.tasker_uuid_v7(),
    workflow_step_uuid            uuid not null
        references public.tasker_workflow_steps on delete cascade,
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
    on public.tasker_workflow_step_transitions (workflow_step_uuid) where most_recent;
create index steps_in_flight
    on public.tasker_workflow_step_transitions (to_state, created_at)
    where most_recent and to_state not in ('complete', 'cancelled', 'resolved_manually', 'pending');
create index steps_finished
    on public.tasker_workflow_step_transitions (created_at) where to_state = 'complete';

-- 'payments/charge_order', for logs.
create function dlqtop.task_title(p_task uuid) returns text
language sql stable
begin atomic
    select ns.name || '/' || nt.name
    from public.tasker_tasks t
    join public.tasker_named_tasks nt using (named_task_uuid)
    join public.tasker_task_namespaces ns using (task_namespace_uuid)
    where t.task_uuid = p_task;
end;

-- 'payments/charge_order · capture_payment', for logs.
create function dlqtop.step_title(p_step uuid) returns text
language sql stable
begin atomic
    select dlqtop.task_title(task_uuid) || ' · ' || step_name
    from public.tasker_workflow_steps where workflow_step_uuid = p_step;
end;

-- Everything is read through views, so that reading needs no right on any table.

create view public.v_task_summary as
select
    t.task_uuid,
    ns.task_namespace_uuid,
    ns.name as namespace_name,
    nt.name as task_name,
    nt.version as task_version,
    tr.to_state as current_state,
    tr.created_at as state_since,
    t.created_at,
    t.priority,
    t.correlation_id,
    t.initiator
from public.tasker_tasks t
join public.tasker_named_tasks nt using (named_task_uuid)
join public.tasker_task_namespaces ns using (task_namespace_uuid)
join public.tasker_task_transitions tr on tr.task_uuid = t.task_uuid and tr.most_recent;

-- State changes of a task and of its steps.
create view public.v_task_history as
select task_uuid, created_at, null as step_name, from_state, to_state, processor, reason, sort_key
from public.tasker_task_transitions
union all
select s.task_uuid, st.created_at, s.step_name, st.from_state, st.to_state, st.processor, st.reason,
       st.sort_key
from public.tasker_workflow_steps s
join public.tasker_workflow_step_transitions st using (workflow_step_uuid);

-- The last sign of life from each namespace's workers: a heartbeat, or a step finished within a day.
-- Finished steps are read backwards in time until one is found, which is quick where workers are busy.
create view public.v_namespace_activity as
select
    ns.task_namespace_uuid,
    ns.name as namespace_name,
    (select max(w.last_heartbeat_at) from public.tasker_workers w
     where w.task_namespace_uuid = ns.task_namespace_uuid) as last_heartbeat_at,
    finished.created_at as last_finished_at
from public.tasker_task_namespaces ns
left join lateral (
    select st.created_at
    from public.tasker_workflow_step_transitions st
    join public.tasker_workflow_steps s using (workflow_step_uuid)
    join public.tasker_tasks t using (task_uuid)
    join public.tasker_named_tasks nt using (named_task_uuid)
    where st.to_state = 'complete' and st.created_at > now() - interval '1 day'
      and not st.metadata ? 'operator'
      and nt.task_namespace_uuid = ns.task_namespace_uuid
    order by st.created_at desc
    limit 1
) finished on true;

-- Only the owner, and those to whom it is granted, may call these.
revoke execute on function
    dlqtop.refuse_step_cycle()
from public;
