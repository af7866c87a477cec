-- What makes the group of each open entry, newest first, before a given one.
-- $1 row limit   $2, $3 the previous row: when it was opened, its entry
select
    dlq_entry_uuid,
    dlq_timestamp as place,
    coalesce(dlqtop.sane_instant(dlq_timestamp), 'epoch') as dlq_timestamp,
    namespace_name,
    task_name,
    step_name,
    dlq_reason::text as dlq_reason,
    current_error
from public.v_open_errors
where (dlq_timestamp, dlq_entry_uuid) < ($2::timestamptz, $3::uuid)
order by dlq_timestamp desc, dlq_entry_uuid desc
limit $1::bigint
