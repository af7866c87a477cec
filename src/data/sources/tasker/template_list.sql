-- Every template version with its thresholds in force and what its tasks are doing.
select
    namespace_name,
    task_name,
    task_version,
    thresholds,
    staleness_action,
    auto_dlq_on_timeout,
    auto_fail_on_timeout,
    running,
    stale,
    warnings
from v_template_catalog
order by namespace_name, task_name, created_at desc, task_version
