-- Namespaces with something wrong, worst first.
-- $1 how many rows
select
    namespace_name,
    sum(stale)::bigint as stale,
    sum(pending)::bigint as pending
from (
    select namespace_name, 1 as stale, 0 as pending
    from v_task_staleness_monitoring
    where health_status = 'stale'
    union all
    select ns.name, 0, 1
    from tasker_tasks_dlq d
    join tasker_tasks t using (task_uuid)
    join tasker_named_tasks nt using (named_task_uuid)
    join tasker_task_namespaces ns using (task_namespace_uuid)
    where d.resolution_status = 'pending'
) wrong
group by namespace_name
order by sum(stale) + sum(pending) desc, namespace_name
limit $1::bigint
