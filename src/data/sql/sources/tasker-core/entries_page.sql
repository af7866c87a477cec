-- A page of entries, open and closed, after a given one, newest first.
-- $1 row limit   $2, $3 the previous row: its time and id   $4 pending, closed or all
with page as materialized (
    select
        e.dlq_entry_uuid, e.task_uuid, e.dlq_reason, e.original_state, e.dlq_timestamp,
        e.resolution_status, e.resolution_timestamp, e.resolution_notes, e.resolved_by, e.updated_at
    from {table:tasks_dlq} e
    where (e.dlq_timestamp, e.dlq_entry_uuid) < ($2::timestamptz at time zone 'UTC', $3::uuid)
      and ($4::text = 'all' or (e.resolution_status = 'pending') = ($4::text = 'pending'))
    order by e.dlq_timestamp desc, e.dlq_entry_uuid desc
    limit $1::bigint
)
select
    p.dlq_entry_uuid,
    p.task_uuid,
    ns.name::text as namespace_name,
    nt.name::text as task_name,
    coalesce(tr.to_state, 'pending')::text as current_state,
    p.dlq_reason::text as dlq_reason,
    p.original_state::text as original_state,
    p.dlq_timestamp at time zone 'UTC' as place,
    coalesce(case when p.dlq_timestamp between '0001-01-02' and '9999-12-30' then p.dlq_timestamp at time zone 'UTC' end, 'epoch') as dlq_timestamp,
    coalesce(case when isfinite(p.dlq_timestamp) and coalesce(isfinite(p.resolution_timestamp), true)
        then extract(epoch from coalesce(p.resolution_timestamp, now() at time zone 'UTC')
                     - p.dlq_timestamp)::float8 / 60 end, 0) as minutes_open,
    p.resolution_status::text as resolution_status,
    case when p.resolution_timestamp between '0001-01-02' and '9999-12-30' then p.resolution_timestamp at time zone 'UTC' end as resolution_timestamp,
    left(p.resolution_notes, 4096) as resolution_notes,
    p.resolved_by::text as resolved_by,
    null::text as owner,
    null::timestamptz as snoozed_until,
    failed.step_name as failed_step,
    {error:failure.error} as failed_error,
    case when p.updated_at between '0001-01-01' and '9999-12-31'
        then ((extract(epoch from p.updated_at) * 1000000)::bigint % 2147483647)::int else 0 end as version
from page p
join {table:tasks} t using (task_uuid)
join {table:named_tasks} nt using (named_task_uuid)
join {table:task_namespaces} ns using (task_namespace_uuid)
left join {table:task_transitions} tr on tr.task_uuid = p.task_uuid and tr.most_recent
{part:entry_failure}
order by p.dlq_timestamp desc, p.dlq_entry_uuid desc
