-- Dead letters by kind. A requeued one leaves no record, so all of them are open.
with dead as (
    select
        coalesce(status::text, '(no status)') as state,
        coalesce(completed_at, updated_at, started_at, claimed_at, created_at)::timestamptz as at
    from {part:dead_tasks} given_up
)
select
    case state when 'dead_letter' then 'max_retries_exceeded' else state end as dlq_reason,
    count(*) as total_entries,
    count(*) as pending,
    0::bigint as manually_resolved,
    0::bigint as permanent_failures,
    0::bigint as cancelled,
    min(at) filter (where at between '0001-01-02 00:00+00' and '9999-12-30 00:00+00')
        as oldest_entry,
    max(at) filter (where at between '0001-01-02 00:00+00' and '9999-12-30 00:00+00')
        as newest_entry,
    null::float8 as avg_resolution_time_minutes,
    null::float8 as p50_resolution_time_minutes,
    null::float8 as p90_resolution_time_minutes
from dead
group by state
order by pending desc, dlq_reason
