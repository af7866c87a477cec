-- Queues with problems, worst first.
-- $1 row limit
with taken as (
    select
        coalesce(nullif(btrim(f.queue::text), ''), '(eager)') as namespace_name,
        {part:label} as label,
        greatest(f.failed_at::timestamptz, f.last_retry_at, case when noted.at <= now() then noted.at end) as touched
    from {table:failed_jobs} f
    cross join lateral (
        select case when {part:in_progress} then substring(
            right(f.remediation_notes::text, 20000)
            from '.*(?:^|\n)\[(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d) UTC\] ') end as at
        offset 0
    ) said
    {part:note_instant}
    where {part:open_job}
)
select
    namespace_name,
    count(*) filter (
        where label = 'in_progress'
          and touched between '2000-01-01 00:00+00'
              and now() - greatest({setting:in_progress_minutes}, 1) * interval '1 minute')
        as stale,
    count(*) as pending
from taken
group by namespace_name
order by count(*) desc, namespace_name
limit $1::bigint
