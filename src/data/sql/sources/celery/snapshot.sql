-- All columns of a failed job; for large values only the size.
-- $1 job   $2 largest size in bytes
select json_build_object(
    'id', f.id,
    'task_name', f.task_name,
    'task_id', f.task_id,
    'queue', f.queue,
    'worker', f.worker,
    'tenant_id', f.tenant_id,
    'correlation_id', f.correlation_id,
    'error_type', f.error_type,
    'exception_class', f.exception_class,
    'error_message', case when f.error_message is null then null
        when octet_length(f.error_message::text) <= $2::int / 4
        then to_json(f.error_message::text)
        else json_build_object('too_large_to_show', pg_size_pretty(octet_length(f.error_message::text)::bigint)) end,
    'traceback', case when f.traceback is null then null
        when octet_length(f.traceback::text) <= $2::int / 4
        then to_json(string_to_array(f.traceback::text, E'\n'))
        else json_build_object('too_large_to_show', pg_size_pretty(octet_length(f.traceback::text)::bigint)) end,
    'task_args', case when f.task_args is null then null
        when octet_length(f.task_args::text) <= $2::int / 4
        then to_json(f.task_args)
        else json_build_object('too_large_to_show', pg_size_pretty(octet_length(f.task_args::text)::bigint)) end,
    'task_kwargs', case when f.task_kwargs is null then null
        when octet_length(f.task_kwargs::text) <= $2::int / 4
        then to_json(f.task_kwargs)
        else json_build_object('too_large_to_show', pg_size_pretty(octet_length(f.task_kwargs::text)::bigint)) end,
    'retry_count', f.retry_count,
    'last_retry_at', f.last_retry_at,
    'failed_at', f.failed_at,
    'status', f.status,
    'resolved_at', f.resolved_at)::text
from {table:failed_jobs} f
where {has_id:f.id = $1::uuid}
