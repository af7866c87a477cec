-- Tasks that are stuck, stale, or could become so, after a given one: longest overdue first, then what is due next.
-- Thresholds are calculated once for each template and not for each row, and only tasks that are old enough for
-- the requested rows are examined: none is overdue before it was created.
-- $1 row limit   $2, $3 the previous row: its breach and its task
with templates as materialized (
    select
        m.*,
        m.dependencies * interval '1 minute' as dependencies_limit,
        m.retry * interval '1 minute' as retry_limit,
        m.steps * interval '1 minute' as steps_limit
    from (
        select
            nt.named_task_uuid,
            ns.name as namespace_name,
            nt.name as task_name,
            nt.version as task_version,
            case when nt.configuration #>> '{lifecycle,staleness_action}' = 'alert'
                then 'alert' else 'dlq' end as staleness_action,
            -- a value that is not an integer is ignored
            coalesce(substring(nt.configuration #>> '{lifecycle,max_waiting_for_dependencies_minutes}'
                               from '^\s*([+-]?[0-9]{1,9})\s*$')::int,
                     {setting:waiting_for_dependencies_minutes}) as dependencies,
            coalesce(substring(nt.configuration #>> '{lifecycle,max_waiting_for_retry_minutes}'
                               from '^\s*([+-]?[0-9]{1,9})\s*$')::int,
                     {setting:waiting_for_retry_minutes}) as retry,
            coalesce(substring(nt.configuration #>> '{lifecycle,max_steps_in_process_minutes}'
                               from '^\s*([+-]?[0-9]{1,9})\s*$')::int,
                     {setting:steps_in_process_minutes}) as steps
        from {table:named_tasks} nt
        join {table:task_namespaces} ns using (task_namespace_uuid)
    ) m
),
clock as materialized (
    select now() at time zone 'UTC' as present
),
-- The latest breach among the oldest tasks: the requested rows breach no later.
oldest as materialized (
    select b.breaches
    from (
        select t.task_uuid, t.named_task_uuid, t.created_at
        from {table:tasks} t
        where t.complete = false
        order by t.created_at
        limit 4 * $1::bigint
    ) t
    join templates l using (named_task_uuid)
    cross join clock c
    {part:current_state}
    cross join lateral (
        select {part:breach_instant} as breaches
    ) b
    where {part:watched}
      and (b.breaches, t.task_uuid) > ($2::timestamptz at time zone 'UTC', $3::uuid)
    order by b.breaches
    limit $1::bigint
),
bound as materialized (
    -- a stuck task breaches as soon as it is stuck, and its clock may be a minute off
    select latest, latest + interval '1 minute' as made_before
    from (
        select case when count(*) >= $1::bigint then max(breaches) else 'infinity' end as latest
        from oldest
    ) b
),
page as materialized (
    select *
    from (
        select
            t.task_uuid,
            t.named_task_uuid,
            t.priority,
            t.created_at as created,
            tr.to_state,
            tr.since,
            {part:breach_instant} as breaches
        from {table:tasks} t
        join (
            select named_task_uuid, dependencies_limit, retry_limit, steps_limit
            from templates
        ) l on l.named_task_uuid = t.named_task_uuid
        cross join clock c
        {part:current_state}
        where t.complete = false
          and t.created_at <= (select made_before from bound)
          and {part:watched}
        offset 0
    ) judged
    where (breaches, task_uuid) > ($2::timestamptz at time zone 'UTC', $3::uuid)
    order by breaches, task_uuid
    limit $1::bigint
)
select
    p.task_uuid,
    l.namespace_name::text as namespace_name,
    l.task_name::text as task_name,
    l.task_version::text as task_version,
    p.to_state::text as current_state,
    coalesce(case when isfinite(p.since) then extract(epoch from c.present - p.since)::float8 / 60 end, 0)
        as time_in_state_minutes,
    limits.threshold::float8 as staleness_threshold_minutes,
    coalesce(case when isfinite(p.created) then extract(epoch from c.present - p.created)::float8 / 60 end, 0)
        as task_age_minutes,
    {setting:task_lifetime_minutes}::float8 as max_lifetime_minutes,
    isfinite(p.breaches)
        and not stuck.is_so
        and p.created <= c.present - {setting:task_lifetime_minutes} * interval '1 minute'
        as lifetime_exceeded,
    case
        when isfinite(p.breaches) then extract(epoch from p.breaches - c.present)::float8 / 60
        else limits.threshold
            - coalesce(case when isfinite(p.since) then extract(epoch from c.present - p.since)::float8 / 60 end, 0)
    end as minutes_to_breach,
    p.breaches at time zone 'UTC' as breaches_at,
    case
        when not isfinite(p.breaches) then 'unknown'
        when p.breaches <= c.present then 'stale'
        when p.since <= c.present - 0.8 * limits.threshold * interval '1 minute' then 'warning'
        else 'healthy'
    end as health_status,
    l.staleness_action,
    -- the system's own sweep skips tasks that have an open entry
    p.breaches <= c.present and entry.dlq_entry_uuid is null and not stuck.is_so as sweep_takes,
    p.priority,
    step.step_name::text as blocking_step,
    step.workflow_step_uuid as blocking_step_uuid,
    step.state::text as blocking_step_state,
    {error:failure.error} as blocking_error,
    not isfinite(p.breaches) as age_suspect,
    entry.dlq_entry_uuid as pending_entry,
    case when entry.dlq_entry_uuid is not null then case when entry.updated_at between '0001-01-01' and '9999-12-31'
        then ((extract(epoch from entry.updated_at) * 1000000)::bigint % 2147483647)::int else 0 end
    end as pending_entry_version,
    case when stuck.is_so then 'no investigation' end as condition
from page p
join templates l using (named_task_uuid)
cross join clock c
cross join lateral (
    select p.to_state in ('blocked_by_failures', 'error') as is_so
) stuck
cross join lateral (
    -- one that is stuck has no threshold
    select case p.to_state
        when 'blocked_by_failures' then 0
        when 'error' then 0
        when 'waiting_for_dependencies' then l.dependencies
        when 'waiting_for_retry' then l.retry
        else l.steps
    end as threshold
) limits
left join {table:tasks_dlq} entry
    on entry.task_uuid = p.task_uuid and entry.resolution_status = 'pending'
{part:blocking_step}
{part:step_error}
order by p.breaches, p.task_uuid
