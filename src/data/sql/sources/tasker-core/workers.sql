-- Workers by their recent results in the audit table, longest silent first. There is no heartbeat, so an idle
-- worker looks like one that is gone.
-- $1 row limit
with results as (
    select
        coalesce(a.worker_uuid::text, '(unnamed)') as worker,
        nt.task_namespace_uuid,
        a.recorded_at,
        a.success,
        a.recorded_at > now() at time zone 'UTC' - interval '1 hour' as late
    from {table:workflow_step_result_audit} a
    join {table:tasks} t using (task_uuid)
    join {table:named_tasks} nt using (named_task_uuid)
    where a.recorded_at > now() at time zone 'UTC' - {setting:worker_window_minutes} * interval '1 minute'
      and a.recorded_at <= now() at time zone 'UTC' + interval '1 minute'
),
seen as (
    select
        r.worker,
        string_agg(distinct ns.name, ', ' order by ns.name) as namespaces,
        greatest(0, extract(epoch from now() at time zone 'UTC' - max(r.recorded_at))::float8) as silent,
        count(*) filter (where r.late and r.success) as finished,
        count(*) filter (where r.late and not r.success) as failed
    from results r
    join {table:task_namespaces} ns using (task_namespace_uuid)
    group by r.worker
)
select
    s.worker,
    null::text as host,
    left(s.namespaces, 200) as namespace_name,
    case
        when s.silent > {setting:worker_dead_minutes} * 60 then 'dead'
        when s.silent > {setting:worker_late_minutes} * 60 then 'late'
        else 'alive'
    end as health,
    case
        when s.silent > {setting:worker_dead_minutes} * 60 then 'no result of it: gone, or nothing to do'
        when s.failed > 0 and s.finished = 0 then 'everything it ran failed'
    end as condition,
    s.silent as seen_seconds,
    null::bigint as busy,
    null::bigint as size,
    false as is_leader,
    null::float8 as lease_seconds,
    null::text as version,
    null::timestamptz as started_at,
    s.finished as finished_last_hour,
    s.failed as failed_last_hour
from seen s
order by s.silent desc, s.worker
limit $1::bigint
