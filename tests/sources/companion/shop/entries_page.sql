select
    id as dlq_entry_uuid,
    id as task_uuid,
    'shop' as namespace_name,
    name as task_name,
    status as current_state,
    'failed' as dlq_reason,
    'failed' as original_state,
    failed_at as dlq_timestamp,
    extract(epoch from now() - failed_at)::float8 / 60 as minutes_open,
    case when status = 'failed' then 'pending' else 'manually_resolved' end as resolution_status,
    null::timestamptz as resolution_timestamp,
    null::text as resolution_notes,
    null::text as resolved_by,
    null::text as owner,
    null::timestamptz as snoozed_until,
    null::text as failed_step,
    error as failed_error,
    version,
    failed_at as place
from {table:jobs}
where (failed_at, id) < ($2::timestamptz, $3::uuid)
  and ($4::text = 'all' or (status = 'failed') = ($4::text = 'pending'))
order by failed_at desc, id desc
limit $1::bigint
