-- The exact errors of the entries that were opened; grouping happens outside of SQL. Only the newest entries
-- are read.
-- $1 period in seconds   $2 row limit
with newest as materialized (
    select task_uuid, resolution_status, task_snapshot
    from public.v_dlq_entries
    where dlq_timestamp >= now() - $1::float8 * interval '1 second'
    order by dlq_timestamp desc
    limit $2::bigint
),
failed as (
    select
        n.task_uuid,
        n.resolution_status,
        jsonb_path_query_first(
            n.task_snapshot, '$.steps[*] ? (@.state == "error" || @.state == "waiting_for_retry")') as step
    from newest n
)
select
    t.namespace_name,
    t.task_name,
    f.step ->> 'name' as step_name,
    {error:f.step ->> 'last_error'} as sample,
    count(*) as opened,
    count(*) filter (where f.resolution_status = 'pending') as still_open
from failed f
join public.v_task_summary t using (task_uuid)
where f.step ->> 'last_error' is not null
group by 1, 2, 3, 4
order by 5 desc, 1, 2, 3, 4
