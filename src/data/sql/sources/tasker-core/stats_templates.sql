-- Templates with a lifecycle value that cannot be read. The defaults count here; the system's own view
-- and sweep stop at such a value.
-- $1 how many rows
select
    ns.name::text as namespace_name,
    nt.name::text as task_name,
    nt.version::text as task_version,
    w.warnings
from {table:named_tasks} nt
join {table:task_namespaces} ns using (task_namespace_uuid)
cross join lateral (
    select array(
        select key
        from jsonb_each_text(case when jsonb_typeof(nt.configuration -> 'lifecycle') = 'object'
                             then nt.configuration -> 'lifecycle' end) as l (key, value)
        where value is not null
          and case
              when key in ('max_waiting_for_dependencies_minutes', 'max_waiting_for_retry_minutes',
                           'max_steps_in_process_minutes')
                  then value !~ '^\s*[+-]?[0-9]{1,9}\s*$'
              when key = 'staleness_action' then value not in ('dlq', 'alert')
              else false
          end
        order by key) as warnings
) w
where w.warnings <> '{}'
order by ns.name, nt.name, nt.version
limit $1::bigint
