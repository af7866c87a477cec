-- How the last failed jobs of one task were closed, newest first.
-- $1 queue   $2 task   $3 search limit   $4 row limit
with latest as materialized (
    select f.*
    from {table:failed_jobs} f
    where {part:closed_job}
    order by f.resolved_at desc nulls last
    limit $3::bigint
)
select
    {id:f.id} as dlq_entry_uuid,
    {id:f.id} as task_uuid,
    left(coalesce(
        nullif(btrim(f.error_type::text), ''),
        nullif(substring(f.exception_class::text from '[^.]+$'), ''),
        'unknown'), 100) as dlq_reason,
    case {part:label} when 'resolved' then 'manually_resolved' else 'permanently_failed' end
        as resolution_status,
    case when f.resolved_at between '0001-01-02 00:00+00' and '9999-12-30 00:00+00'
        then f.resolved_at end::timestamptz as resolution_timestamp,
    left(coalesce(closing.parts[2], f.remediation_notes::text), 500) as resolution_notes,
    closing.parts[1] as resolved_by,
    null::text as step_name,
    told.error
from latest f
cross join lateral (select f.exception_class, f.error_message, f.traceback) job
{part:job_error}
cross join lateral (
    select regexp_match(
        right(f.remediation_notes::text, 20000),
        '.*(?:^|\n)\[[-0-9: ]+ UTC\] ((?:[^\n:]|:(?! ))+): (?:resolved|abandoned): (.*)$') as parts
    offset 0
) closing
where coalesce(nullif(btrim(f.queue::text), ''), '(eager)') = $1::text
  and coalesce(f.task_name::text, 'unknown') = $2::text
order by f.resolved_at desc nulls last, f.id
limit $4::bigint
