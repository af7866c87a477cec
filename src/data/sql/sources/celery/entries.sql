-- A failed job, and the closed ones of the same Celery task, newest first.
-- $1 job   $2 row limit
with mine as materialized (
    select f.*
    from {table:failed_jobs} f
    where {has_id:f.id = $1::uuid}
       or (f.task_id::text = (select j.task_id::text from {table:failed_jobs} j where {has_id:j.id = $1::uuid})
           and {part:closed_job})
)
select
    {id:f.id} as dlq_entry_uuid,
    left(coalesce(
        nullif(btrim(f.error_type::text), ''),
        nullif(substring(f.exception_class::text from '[^.]+$'), ''),
        'unknown'), 100) as dlq_reason,
    'failed' as original_state,
    coalesce(case when f.failed_at between '0001-01-02 00:00+00' and '9999-12-30 00:00+00'
        then f.failed_at end, 'epoch')::timestamptz as dlq_timestamp,
    case is_now.label
        when 'resolved' then 'manually_resolved'
        when 'abandoned' then 'permanently_failed'
        else 'pending'
    end as resolution_status,
    case when is_now.closed
          and f.resolved_at between '0001-01-02 00:00+00' and '9999-12-30 00:00+00'
        then f.resolved_at end::timestamptz as resolution_timestamp,
    case when is_now.closed
        then left(coalesce(said.parts[2], f.remediation_notes::text), 4096) end as resolution_notes,
    case when is_now.closed then said.parts[1] end as resolved_by,
    case when is_now.label = 'in_progress' then coalesce(
        (regexp_match(
            right(f.remediation_notes::text, 20000),
            '.*(?:^|\n)\[[-0-9: ]+ UTC\] ((?:[^\n:]|:(?! ))+): took it up'))[1],
        'somebody')
    end as owner,
    null::timestamptz as owned_until,
    null::timestamptz as snoozed_until,
    (hashtextextended(row(
        f.status::text, f.remediation_notes::text, extract(epoch from f.resolved_at),
        f.retry_count, extract(epoch from f.last_retry_at))::text, 0) & 2147483647)::int as version
from mine f
cross join lateral (select {part:label} as label, {part:closed_job} as closed offset 0) is_now
cross join lateral (
    select case when is_now.closed then regexp_match(
        right(f.remediation_notes::text, 20000),
        '.*(?:^|\n)\[[-0-9: ]+ UTC\] ((?:[^\n:]|:(?! ))+): (?:resolved|abandoned): (.*)$') end as parts
    offset 0
) said
order by f.failed_at desc nulls last, f.id desc
limit $2::bigint
