-- Templates with a lifecycle value that cannot be read; the settings in force apply instead.
-- $1 row limit
select namespace_name, task_name, task_version, warnings
from public.v_template_lifecycle
where warnings <> '{}'
order by namespace_name, task_name, task_version
limit $1::bigint
