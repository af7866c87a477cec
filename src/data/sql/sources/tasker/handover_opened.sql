-- Opened entries by reason and template, most first.
-- $1 period in seconds   $2 row limit
select
    e.dlq_reason::text as dlq_reason,
    t.namespace_name,
    t.task_name,
    count(*) as opened,
    count(*) filter (where e.resolution_status = 'pending') as still_open
from public.v_dlq_entries e
join public.v_task_summary t using (task_uuid)
where e.dlq_timestamp >= now() - $1::float8 * interval '1 second'
group by 1, 2, 3
order by 4 desc, 1, 2, 3
limit $2::bigint
