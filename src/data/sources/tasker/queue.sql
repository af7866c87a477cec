-- Open investigations behind a key: by priority, what is snoozed last.
-- $1 how many rows   $2, $3, $4 of the row before: whether it is snoozed, its priority as an
-- instant, the entry
with page as (
    (select *
     from v_dlq_investigation_queue
     where snoozed_until is null
       and not $2::boolean
       and (priority_instant, dlq_entry_uuid) > ($3::timestamptz, $4::uuid)
     order by priority_instant, dlq_entry_uuid
     limit $1::bigint)
    union all
    (select *
     from v_dlq_investigation_queue
     where snoozed_until is not null
       and (not $2 or (priority_instant, dlq_entry_uuid) > ($3, $4))
     order by priority_instant, dlq_entry_uuid
     limit $1)
)
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
    priority_instant,
    owner,
    coalesce(sane_instant(snoozed_until), case when snoozed_until is not null
        then '9999-12-30 00:00+00'::timestamptz end) as snoozed_until,
    step_name,
    workflow_step_uuid,
    step_state,
    attempts,
    max_attempts,
    current_error,
    earlier_entries,
    notes,
    version
from page
order by page.snoozed_until is not null, page.priority_instant, page.dlq_entry_uuid
limit $1
