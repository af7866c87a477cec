-- A page of failed jobs, open and closed, after a given one, newest first.
-- $1 row limit   $2, $3 the previous row: its time and id   $4 pending, closed or all
with page as materialized (
    select f.*, coalesce(f.failed_at, '-infinity')::timestamptz as place
    from {table:failed_jobs} f
    where (coalesce(f.failed_at, '-infinity'), {id:f.id}) < ($2::timestamptz, $3::uuid)
      and ($4::text = 'all' or {part:open_job} = ($4::text = 'pending'))
    order by coalesce(f.failed_at, '-infinity') desc, {id:f.id} desc
    limit $1::bigint
)
select
    {id:f.id} as dlq_entry_uuid,
    {id:f.id} as task_uuid,
    coalesce(nullif(btrim(f.queue::text), ''), '(eager)') as namespace_name,
    coalesce(f.task_name::text, 'unknown') as task_name,
    is_now.label as current_state,
    left(coalesce(
        nullif(btrim(f.error_type::text), ''),
        nullif(substring(f.exception_class::text from '[^.]+$'), ''),
        'unknown'), 100) as dlq_reason,
    'failed' as original_state,
    f.place,
    coalesce(at.failed, 'epoch') as dlq_timestamp,
    coalesce(extract(epoch from coalesce(at.closed, now()) - at.failed)::float8 / 60, 0)
        as minutes_open,
    case is_now.label
        when 'resolved' then 'manually_resolved'
        when 'abandoned' then 'permanently_failed'
        else 'pending'
    end as resolution_status,
    at.closed as resolution_timestamp,
    case when at.is_closed then left(coalesce(closing.parts[2], f.remediation_notes::text), 4096) end
        as resolution_notes,
    case when at.is_closed then closing.parts[1] end as resolved_by,
    case when is_now.label = 'in_progress' then coalesce(
        (regexp_match(
            right(f.remediation_notes::text, 20000),
            '.*(?:^|\n)\[[-0-9: ]+ UTC\] ((?:[^\n:]|:(?! ))+): took it up'))[1],
        'somebody')
    end as owner,
    null::timestamptz as snoozed_until,
    null::text as failed_step,
    told.error as failed_error,
    (hashtextextended(row(
        f.status::text, f.remediation_notes::text, extract(epoch from f.resolved_at),
        f.retry_count, extract(epoch from f.last_retry_at))::text, 0) & 2147483647)::int as version
from page f
cross join lateral (select {part:label} as label, {part:closed_job} as closed offset 0) is_now
cross join lateral (
    select
        is_now.closed as is_closed,
        case when f.failed_at between '0001-01-02 00:00+00' and '9999-12-30 00:00+00'
            then f.failed_at end::timestamptz as failed,
        case when is_now.closed
              and f.resolved_at between '0001-01-02 00:00+00' and '9999-12-30 00:00+00'
            then f.resolved_at end::timestamptz as closed
) at
cross join lateral (
    select case when at.is_closed then regexp_match(
        right(f.remediation_notes::text, 20000),
        '.*(?:^|\n)\[[-0-9: ]+ UTC\] ((?:[^\n:]|:(?! ))+): (?:resolved|abandoned): (.*)$') end as parts
    offset 0
) closing
cross join lateral (select f.exception_class, f.error_message, f.traceback) job
{part:job_error}
order by f.place desc, {id:f.id} desc
