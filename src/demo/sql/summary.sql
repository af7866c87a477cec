-- What happened since an instant, and the current numbers.
-- $1 timestamptz: the instant
select
    extract(epoch from clock_timestamp() - $1::timestamptz)::float8 as lasted_secs,
    (select count(*) from public.tasker_tasks where created_at >= $1::timestamptz)
        + (select count(*) from public.tasker_tasks_archive where created_at >= $1::timestamptz)
        as tasks_created,
    (select count(*) from public.tasker_tasks where complete and completed_at >= $1::timestamptz)
        + (select count(*) from public.tasker_tasks_archive
           where complete and completed_at >= $1::timestamptz)
        as tasks_completed,
    (select count(*) from public.tasker_task_transitions where most_recent and to_state = 'error')
        as tasks_in_error,
    (select count(*) from public.v_task_staleness_monitoring where health_status = 'stale')
        as tasks_stale,
    (select coalesce(jsonb_object_agg(r.dlq_reason, r.entries), '{}')
     from (select dlq_reason::text, count(*) as entries
           from public.tasker_tasks_dlq
           where resolution_status = 'pending'
           group by dlq_reason) r) as dead_letters,
    (select coalesce(jsonb_object_agg(r.dlq_reason, r.entries), '{}')
     from (select dlq_reason::text, count(*) as entries
           from public.tasker_tasks_dlq
           where dlq_timestamp >= $1::timestamptz
           group by dlq_reason) r) as dead_letters_opened,
    (select count(*) from dlqtop.sweeps where started >= $1::timestamptz) as sweeps,
    (select count(*) from dlqtop.operator_log where at >= $1::timestamptz) as operator_actions
