-- The snapshot of the task from when its open entry was opened, or its newest entry if none is open. If it is
-- large, only its size.
-- $1 task   $2 largest size in bytes
select case
    when pg_column_size(task_snapshot) > $2::int or octet_length(task_snapshot::text) > $2::int
    then jsonb_build_object(
        'too_large_to_show', pg_size_pretty(octet_length(task_snapshot::text)::bigint))
    else task_snapshot
end::text
from public.v_dlq_entries
where task_uuid = $1::uuid
order by (resolution_status = 'pending') desc, dlq_timestamp desc, dlq_entry_uuid desc
limit 1
