select
    id as dlq_entry_uuid,
    'failed' as dlq_reason,
    'failed' as original_state,
    failed_at as dlq_timestamp,
    case when status = 'failed' then 'pending' else 'manually_resolved' end as resolution_status,
    null::timestamptz as resolution_timestamp,
    null::text as resolution_notes,
    null::text as resolved_by,
    null::text as owner,
    null::timestamptz as owned_until,
    null::timestamptz as snoozed_until,
    version
from {table:jobs}
where id = $1::uuid
limit $2::bigint
