-- Open investigations by priority; what is snoozed comes last.
-- $1 how many rows
select
    dlq_entry_uuid,
    task_uuid,
    original_state,
    dlq_reason::text as dlq_reason,
    coalesce(sane_instant(dlq_timestamp), 'epoch') as dlq_timestamp,
    minutes_in_dlq,
    namespace_name,
    task_name,
    current_state,
    time_in_state_minutes,
    priority_base,
    priority_age,
    priority_score,
    owner,
    sane_instant(snoozed_until) as snoozed_until,
    step_name,
    workflow_step_uuid,
    step_state,
    attempts,
    max_attempts,
    current_error,
    earlier_entries,
    notes,
    version
from v_dlq_investigation_queue
order by snoozed_until is not null, priority_score desc, dlq_entry_uuid
limit $1::bigint
