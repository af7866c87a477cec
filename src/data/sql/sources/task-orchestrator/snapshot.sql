-- The payload of the task and the columns of its row. If it is large, only its size.
-- $1 task   $2 largest size in bytes
select case
    when pg_column_size(t.payload) > $2::int or octet_length(t.payload::text) > $2::int
    then json_build_object('too_large_to_show', pg_size_pretty(octet_length(t.payload::text)::bigint))
    else json_build_object(
        'id', t.id,
        'type', t.type,
        'idempotency_key', t.idempotency_key,
        'status', t.status,
        'attempts', t.attempts,
        'max_retries', t.max_retries,
        'worker_id', t.worker_id,
        'next_retry_at', t.next_retry_at,
        'payload', t.payload)
end::text
from {part:dead_tasks} t
where {has_id:t.id = $1::uuid}
