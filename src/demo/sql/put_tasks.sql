-- Adds back-dated tasks.
-- $1 jsonb: [{id, correlation, namespace, template, context, priority, initiator, complete, age,
--             completed_age}], ages in seconds
insert into public.tasker_tasks
    (task_uuid, named_task_uuid, correlation_id, context, priority, complete, requested_at,
     completed_at, initiator, source_system, created_at, updated_at)
select
    r.id,
    nt.named_task_uuid,
    r.correlation,
    r.context,
    r.priority,
    r.complete,
    now() - r.age * interval '1 second',
    now() - r.completed_age * interval '1 second',
    r.initiator,
    r.initiator,
    now() - r.age * interval '1 second',
    now() - coalesce(r.completed_age, r.age) * interval '1 second'
from jsonb_to_recordset($1::jsonb) as r (
    id uuid, correlation uuid, namespace text, template text, context jsonb, priority int,
    initiator text, complete boolean, age float8, completed_age float8)
join public.tasker_task_namespaces ns on ns.name = r.namespace
join public.tasker_named_tasks nt
    on nt.task_namespace_uuid = ns.task_namespace_uuid and nt.name = r.template
