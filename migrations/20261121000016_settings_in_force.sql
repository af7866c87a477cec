-- More of what must be one for all dashboards and detectors: what a template gets that says nothing
-- of its own, which reasons open entries, and how long finished work is kept.

alter table dlqtop.settings
    -- for templates without auto_dlq_on_timeout and auto_fail_on_timeout
    add column auto_move_to_dlq boolean not null default true,
    add column auto_transition_to_error boolean not null default true,
    -- a reason that is off is not looked for
    add column reason_staleness_timeout boolean not null default true,
    add column reason_max_retries_exceeded boolean not null default true,
    add column reason_worker_unavailable boolean not null default true,
    add column reason_dependency_cycle_detected boolean not null default true,
    -- days after its end that a task stays in the live tables; null keeps it for ever
    add column archive_completed_days float8 default 30,
    add column archive_failed_days float8 default 90,
    add column archive_cancelled_days float8 default 30,
    -- days that the closed entries of such a task keep it from being archived
    add column archive_resolved_entries_days float8 default 90,
    add column archive_batch_size int not null default 1000,
    add constraint retention_is_sensible check (
        archive_completed_days between 0 and 36500
        and archive_failed_days between 0 and 36500
        and archive_cancelled_days between 0 and 36500
        and archive_resolved_entries_days between 0 and 36500),
    add constraint archive_batch_is_bounded check (archive_batch_size between 1 and 10000);
