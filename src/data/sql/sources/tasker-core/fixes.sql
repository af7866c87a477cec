-- How the last entries of one template were closed, newest first, with the step that had failed when they were
-- opened and its error then. Only the latest closed entries of all templates are searched, so the cost does not
-- grow with their number.
-- $1 namespace   $2 template   $3 search limit   $4 row limit
with latest as materialized (
    select
        e.dlq_entry_uuid, e.task_uuid, e.dlq_reason, e.dlq_timestamp, e.resolution_status,
        e.resolution_timestamp, e.resolution_notes, e.resolved_by
    from {table:tasks_dlq} e
    where e.resolution_timestamp is not null and e.resolution_status <> 'pending'
    order by e.resolution_timestamp desc
    limit $3::bigint
),
alike as materialized (
    select l.*
    from latest l
    join {table:tasks} t using (task_uuid)
    join {table:named_tasks} nt using (named_task_uuid)
    join {table:task_namespaces} ns using (task_namespace_uuid)
    where ns.name = $1::text and nt.name = $2::text
    order by l.resolution_timestamp desc
    limit $4::bigint
)
select
    p.dlq_entry_uuid,
    p.task_uuid,
    p.dlq_reason::text as dlq_reason,
    p.resolution_status::text as resolution_status,
    case when p.resolution_timestamp between '0001-01-02' and '9999-12-30' then p.resolution_timestamp at time zone 'UTC' end as resolution_timestamp,
    left(p.resolution_notes, 500) as resolution_notes,
    p.resolved_by::text as resolved_by,
    failed.step_name,
    {error:failure.error} as error
from alike p
{part:entry_failure}
order by p.resolution_timestamp desc
