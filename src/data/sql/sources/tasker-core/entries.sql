-- A task's entries, newest first.
-- $1 task   $2 row limit
select
    e.dlq_entry_uuid,
    e.dlq_reason::text as dlq_reason,
    e.original_state::text as original_state,
    coalesce(case when e.dlq_timestamp between '0001-01-02' and '9999-12-30' then e.dlq_timestamp at time zone 'UTC' end, 'epoch') as dlq_timestamp,
    e.resolution_status::text as resolution_status,
    case when e.resolution_timestamp between '0001-01-02' and '9999-12-30' then e.resolution_timestamp at time zone 'UTC' end as resolution_timestamp,
    left(e.resolution_notes, 4096) as resolution_notes,
    e.resolved_by::text as resolved_by,
    null::text as owner,
    null::timestamptz as owned_until,
    null::timestamptz as snoozed_until,
    case when e.updated_at between '0001-01-01' and '9999-12-31'
        then ((extract(epoch from e.updated_at) * 1000000)::bigint % 2147483647)::int else 0 end as version
from {table:tasks_dlq} e
where e.task_uuid = $1::uuid
order by e.dlq_timestamp desc, e.dlq_entry_uuid desc
limit $2::bigint
