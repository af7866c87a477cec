-- A failed job, and the closed ones of the same Celery task, newest first.
-- $1 job   $2 row limit
select
    {id:e.id} as dlq_entry_uuid,
    left(coalesce(
        nullif(btrim(e.error_type::text), ''),
        nullif(substring(e.exception_class::text from '[^.]+$'), ''),
        'unknown'), 100) as dlq_reason,
    'failed' as original_state,
    coalesce(case when e.failed_at between '0001-01-02 00:00+00' and '9999-12-30 00:00+00'
        then e.failed_at end, 'epoch') as dlq_timestamp,
    case coalesce(e.status::text, 'pending')
        when 'pending' then 'pending'
        when 'in_progress' then 'pending'
        when 'resolved' then 'manually_resolved'
        when 'abandoned' then 'permanently_failed'
        else left(e.status::text, 100)
    end as resolution_status,
    case when e.status::text not in ('pending', 'in_progress')
          and e.resolved_at between '0001-01-02 00:00+00' and '9999-12-30 00:00+00'
        then e.resolved_at end as resolution_timestamp,
    case when e.status::text not in ('pending', 'in_progress')
        then left(coalesce(said.parts[2], e.remediation_notes::text), 4096) end as resolution_notes,
    case when e.status::text not in ('pending', 'in_progress') then said.parts[1] end as resolved_by,
    case when e.status::text = 'in_progress' then coalesce(
        (regexp_match(
            right(e.remediation_notes::text, 20000),
            '.*(?:^|\n)\[[-0-9: ]+ UTC\] ((?:[^\n:]|:(?! ))+): took it up'))[1],
        'somebody')
    end as owner,
    null::timestamptz as owned_until,
    null::timestamptz as snoozed_until,
    (hashtextextended(row(
        e.status::text, e.remediation_notes::text, extract(epoch from e.resolved_at),
        e.retry_count, extract(epoch from e.last_retry_at))::text, 0) & 2147483647)::int as version
from {table:failed_jobs} e
cross join lateral (
    select case when e.status::text not in ('pending', 'in_progress') then regexp_match(
        right(e.remediation_notes::text, 20000),
        '.*(?:^|\n)\[[-0-9: ]+ UTC\] ((?:[^\n:]|:(?! ))+): (?:resolved|abandoned): (.*)$') end as parts
    offset 0
) said
where {has_id:e.id = $1::uuid}
   or (e.task_id::text = (select j.task_id::text from {table:failed_jobs} j where {has_id:j.id = $1::uuid})
       and e.status is not null and e.status::text not in ('pending', 'in_progress'))
order by e.failed_at desc nulls last, e.id desc
limit $2::bigint
