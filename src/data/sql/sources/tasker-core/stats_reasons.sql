-- Entries by reason, with the resolution times of the latest thousand resolved entries of each.
select
    c.dlq_reason::text as dlq_reason,
    c.total_entries,
    c.pending,
    c.manually_resolved,
    c.permanent_failures,
    c.cancelled,
    case when c.oldest_entry between '0001-01-02' and '9999-12-30' then c.oldest_entry at time zone 'UTC' end as oldest_entry,
    case when c.newest_entry between '0001-01-02' and '9999-12-30' then c.newest_entry at time zone 'UTC' end as newest_entry,
    recent.mean as avg_resolution_time_minutes,
    recent.p50 as p50_resolution_time_minutes,
    recent.p90 as p90_resolution_time_minutes
from (
    select
        dlq_reason,
        count(*) as total_entries,
        count(*) filter (where resolution_status::text = 'pending') as pending,
        count(*) filter (where resolution_status::text = 'manually_resolved') as manually_resolved,
        count(*) filter (where resolution_status::text = 'permanently_failed') as permanent_failures,
        count(*) filter (where resolution_status::text = 'cancelled') as cancelled,
        min(dlq_timestamp) as oldest_entry,
        max(dlq_timestamp) as newest_entry
    from {table:tasks_dlq}
    group by dlq_reason
) c
cross join lateral (
    select
        avg(r.minutes)::float8 as mean,
        (percentile_cont(0.5) within group (order by r.minutes))::float8 as p50,
        (percentile_cont(0.9) within group (order by r.minutes))::float8 as p90
    from (
        select extract(epoch from d.resolution_timestamp - d.dlq_timestamp)::float8 / 60 as minutes
        from {table:tasks_dlq} d
        where d.dlq_reason = c.dlq_reason
          and d.resolution_status = 'manually_resolved'
          and isfinite(d.resolution_timestamp) and isfinite(d.dlq_timestamp)
        order by d.resolution_timestamp desc
        limit 1000
    ) r
) recent
order by c.pending desc, c.total_entries desc, c.dlq_reason
