-- Templates with a lifecycle value that cannot be read; they use the settings in force for it.
-- $1 how many rows
select namespace_name, task_name, task_version, warnings
from v_template_lifecycle
where warnings <> '{}'
order by namespace_name, task_name, task_version
limit $1::bigint
