-- Templates with a lifecycle value that cannot be read. dlqtop uses the defaults; the system's own view and
-- sweep fail at such a value.
-- $1 row limit
select
    ns.name::text as namespace_name,
    nt.name::text as task_name,
    nt.version::text as task_version,
    w.warnings
from {table:named_tasks} nt
join {table:task_namespaces} ns using (task_namespace_uuid)
cross join lateral (
    select array(
        {part:unreadable_lifecycle}
        order by key) as warnings
) w
where w.warnings <> '{}'
order by ns.name, nt.name, nt.version
limit $1::bigint
