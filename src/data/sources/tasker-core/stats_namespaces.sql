-- Namespaces with something wrong, worst first.
-- $1 how many rows
with templates as materialized (
    select
        nt.named_task_uuid,
        nt.task_namespace_uuid,
        coalesce(substring(nt.configuration #>> '{lifecycle,max_waiting_for_dependencies_minutes}'
                           from '^\s*([+-]?[0-9]{1,9})\s*$')::int,
                 {setting:waiting_for_dependencies_minutes}) * interval '1 minute' as dependencies,
        coalesce(substring(nt.configuration #>> '{lifecycle,max_waiting_for_retry_minutes}'
                           from '^\s*([+-]?[0-9]{1,9})\s*$')::int,
                 {setting:waiting_for_retry_minutes}) * interval '1 minute' as retry,
        coalesce(substring(nt.configuration #>> '{lifecycle,max_steps_in_process_minutes}'
                           from '^\s*([+-]?[0-9]{1,9})\s*$')::int,
                 {setting:steps_in_process_minutes}) * interval '1 minute' as steps
    from {table:named_tasks} nt
),
judged as (
    select
        l.task_namespace_uuid,
        case
            when not (t.created_at >= c.present - interval '5256000 minutes'
                      and tr.since <= c.present + interval '1 minute'
                      and t.created_at <= tr.since + interval '1 minute') then 'unknown'
            when tr.since <= c.present - limits.threshold
                or t.created_at <= c.present - {setting:task_lifetime_minutes} * interval '1 minute'
                then 'stale'
            when tr.since <= c.present - 0.8 * limits.threshold then 'warning'
            else 'healthy'
        end as health
    from {table:tasks} t
    join templates l using (named_task_uuid)
    cross join (select now() at time zone 'UTC' as present) c
    cross join lateral (
        select p.to_state, p.created_at as since
        from {table:task_transitions} p
        where p.task_uuid = t.task_uuid and p.most_recent
        offset 0
    ) tr
    cross join lateral (
        select case tr.to_state
            when 'waiting_for_dependencies' then l.dependencies
            when 'waiting_for_retry' then l.retry
            else l.steps
        end as threshold
    ) limits
    where t.complete = false
      and tr.to_state in ('waiting_for_dependencies', 'waiting_for_retry', 'steps_in_process')
),
wrong as (
    select task_namespace_uuid, count(*) as stale, 0::bigint as pending
    from judged
    where health = 'stale'
    group by task_namespace_uuid
    union all
    select nt.task_namespace_uuid, 0, count(*)
    from {table:tasks_dlq} d
    join {table:tasks} t using (task_uuid)
    join {table:named_tasks} nt using (named_task_uuid)
    where d.resolution_status = 'pending'
    group by nt.task_namespace_uuid
)
select
    ns.name::text as namespace_name,
    sum(w.stale)::bigint as stale,
    sum(w.pending)::bigint as pending
from wrong w
join {table:task_namespaces} ns using (task_namespace_uuid)
group by ns.name
order by sum(w.stale) + sum(w.pending) desc, ns.name
limit $1::bigint
