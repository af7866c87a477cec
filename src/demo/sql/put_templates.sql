-- Adds the templates and their namespaces; what is there already stays as it is.
-- $1 jsonb: [{namespace, name, version, configuration}]
with given as (
    select namespace, name, version, configuration
    from jsonb_to_recordset($1::jsonb)
        as r (namespace text, name text, version text, configuration jsonb)
),
namespaces as (
    insert into tasker_task_namespaces (name, description)
    select distinct namespace, 'The ' || namespace || ' team'
    from given
    on conflict (name) do update set name = excluded.name
    returning task_namespace_uuid, name
)
insert into tasker_named_tasks (task_namespace_uuid, name, version, configuration, created_at)
select ns.task_namespace_uuid, g.name, g.version, g.configuration, now() - interval '40 days'
from given g
join namespaces ns on ns.name = g.namespace
on conflict (task_namespace_uuid, name, version) do nothing
