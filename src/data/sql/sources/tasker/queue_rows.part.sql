-- The rows of the queue; the statement adds the condition and the order.
select
    dlq_entry_uuid,
    task_uuid,
    original_state,
    dlq_reason::text as dlq_reason,
    coalesce(dlqtop.sane_instant(dlq_timestamp), 'epoch') as dlq_timestamp,
    minutes_in_dlq,
    namespace_name,
    task_name,
    current_state,
    time_in_state_minutes,
    priority_base,
    priority_age,
    priority_score,
    priority_instant,
    owner,
    case when owner is not null then
        (select dlqtop.sane_instant(o.expires_at) from public.v_dlq_owners o
         where o.dlq_entry_uuid = v_dlq_investigation_queue.dlq_entry_uuid)
    end as owned_until,
    coalesce(dlqtop.sane_instant(snoozed_until), case when snoozed_until is not null
        then '9999-12-30 00:00+00'::timestamptz end) as snoozed_until,
    step_name,
    workflow_step_uuid,
    step_state,
    attempts,
    max_attempts,
    {error:current_error} as current_error,
    earlier_entries,
    notes,
    version
from public.v_dlq_investigation_queue
