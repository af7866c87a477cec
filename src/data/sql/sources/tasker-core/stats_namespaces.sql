-- Namespaces with problems, worst first.
-- $1 row limit
with {part:thresholds},
wrong as (
    select l.task_namespace_uuid, count(*) as stale, 0::bigint as pending
    from {table:tasks} t
    join templates l using (named_task_uuid)
    cross join clock c
    {part:current_state}
    where t.complete = false
      and {part:watched}
      and t.created_at >= c.earliest
      and tr.since <= c.latest
      -- the sum alone would be beyond the calendar for the greatest of instants
      and (t.created_at <= tr.since or t.created_at <= tr.since + interval '1 minute')
      and (t.created_at <= c.too_old
           or tr.to_state in ('blocked_by_failures', 'error')
           or tr.since <= case tr.to_state
               when 'waiting_for_dependencies' then l.dependencies_stale
               when 'waiting_for_retry' then l.retry_stale
               else l.steps_stale
           end)
    group by l.task_namespace_uuid
    union all
    select nt.task_namespace_uuid, 0, count(*)
    from {table:tasks_dlq} d
    join {table:tasks} t using (task_uuid)
    join {table:named_tasks} nt using (named_task_uuid)
    where d.resolution_status = 'pending'
    group by nt.task_namespace_uuid
)
select
    ns.name::text as namespace_name,
    sum(w.stale)::bigint as stale,
    sum(w.pending)::bigint as pending
from wrong w
join {table:task_namespaces} ns using (task_namespace_uuid)
group by ns.name
order by sum(w.stale) + sum(w.pending) desc, ns.name
limit $1::bigint
