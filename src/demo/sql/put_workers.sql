-- Adds workers whose last heartbeat is some time ago.
-- $1 jsonb: [{worker, namespace, started_age, heard_age}], ages in seconds
insert into public.tasker_workers (worker_name, task_namespace_uuid, started_at, last_heartbeat_at)
select
    r.worker,
    ns.task_namespace_uuid,
    now() - r.started_age * interval '1 second',
    now() - r.heard_age * interval '1 second'
from jsonb_to_recordset($1::jsonb)
    as r (worker text, namespace text, started_age float8, heard_age float8)
join public.tasker_task_namespaces ns on ns.name = r.namespace
on conflict (worker_name) do nothing
