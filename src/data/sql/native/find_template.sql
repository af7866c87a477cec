-- One version of a template, or its newest version, which new tasks get.
-- $1 namespace   $2 name   $3 version, or null
select
    namespace_name,
    task_name,
    task_version,
    configuration::text as configuration
from public.v_template_catalog
where namespace_name = $1::text
  and task_name = $2::text
  and ($3::text is null or task_version = $3::text)
order by created_at desc
limit 1
