-- Every template version with its thresholds in force and how many of its tasks run and are stale.
select
    c.namespace_name,
    c.task_name,
    c.task_version,
    c.thresholds,
    c.staleness_action,
    c.auto_dlq_on_timeout,
    c.auto_fail_on_timeout,
    coalesce(l.running, 0) as running,
    coalesce(l.stale, 0) as stale,
    c.warnings
from public.v_template_catalog c
left join public.v_template_load l using (named_task_uuid)
order by c.namespace_name, c.task_name, c.created_at desc, c.task_version
