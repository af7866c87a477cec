-- A page of failed jobs, open and closed, after a given one, newest first.
-- $1 row limit   $2, $3 the previous row: its time and id   $4 pending, closed or all
with page as materialized (
    select e.*, coalesce(e.failed_at, '-infinity') as place
    from {table:failed_jobs} e
    where (coalesce(e.failed_at, '-infinity'), {id:e.id}) < ($2::timestamptz, $3::uuid)
      and ($4::text = 'all'
           or (e.status is null or e.status::text in ('pending', 'in_progress')) = ($4::text = 'pending'))
    order by coalesce(e.failed_at, '-infinity') desc, {id:e.id} desc
    limit $1::bigint
)
select
    {id:p.id} as dlq_entry_uuid,
    {id:p.id} as task_uuid,
    coalesce(nullif(btrim(p.queue::text), ''), '(eager)') as namespace_name,
    coalesce(p.task_name::text, 'unknown') as task_name,
    coalesce(p.status::text, 'pending') as current_state,
    left(coalesce(
        nullif(btrim(p.error_type::text), ''),
        nullif(substring(p.exception_class::text from '[^.]+$'), ''),
        'unknown'), 100) as dlq_reason,
    'failed' as original_state,
    p.place,
    coalesce(at.failed, 'epoch') as dlq_timestamp,
    coalesce(extract(epoch from coalesce(at.closed, now()) - at.failed)::float8 / 60, 0)
        as minutes_open,
    case coalesce(p.status::text, 'pending')
        when 'pending' then 'pending'
        when 'in_progress' then 'pending'
        when 'resolved' then 'manually_resolved'
        when 'abandoned' then 'permanently_failed'
        else left(p.status::text, 100)
    end as resolution_status,
    at.closed as resolution_timestamp,
    case when at.is_closed then left(coalesce(closing.parts[2], p.remediation_notes::text), 4096) end
        as resolution_notes,
    case when at.is_closed then closing.parts[1] end as resolved_by,
    case when p.status::text = 'in_progress' then coalesce(
        (regexp_match(
            right(p.remediation_notes::text, 20000),
            '.*(?:^|\n)\[[-0-9: ]+ UTC\] ((?:[^\n:]|:(?! ))+): took it up'))[1],
        'somebody')
    end as owner,
    null::timestamptz as snoozed_until,
    null::text as failed_step,
    told.error as failed_error,
    (hashtextextended(row(
        p.status::text, p.remediation_notes::text, extract(epoch from p.resolved_at),
        p.retry_count, extract(epoch from p.last_retry_at))::text, 0) & 2147483647)::int as version
from page p
cross join lateral (
    select
        p.status is not null and p.status::text not in ('pending', 'in_progress') as is_closed,
        case when p.failed_at between '0001-01-02 00:00+00' and '9999-12-30 00:00+00'
            then p.failed_at end as failed,
        case when p.status::text not in ('pending', 'in_progress')
              and p.resolved_at between '0001-01-02 00:00+00' and '9999-12-30 00:00+00'
            then p.resolved_at end as closed
) at
cross join lateral (
    select case when at.is_closed then regexp_match(
        right(p.remediation_notes::text, 20000),
        '.*(?:^|\n)\[[-0-9: ]+ UTC\] ((?:[^\n:]|:(?! ))+): (?:resolved|abandoned): (.*)$') end as parts
    offset 0
) closing
cross join lateral (select p.exception_class, p.error_message, p.traceback) job
{part:job_error}
order by p.place desc, {id:p.id} desc
