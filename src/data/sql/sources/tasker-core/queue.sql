-- Open entries after a given one, by priority. Tasks are read as they are now, not from the snapshot.
-- $1 row limit   $2, $3 the previous row: its priority as an instant, its entry
-- $4 snoozed entries   $5 whether to list only those, or only the others
with page as materialized (
    select *
    from (
        select
            d.dlq_entry_uuid,
            d.task_uuid,
            d.original_state,
            d.dlq_reason::text as dlq_reason,
            d.dlq_timestamp,
            d.metadata,
            d.updated_at,
            b.base,
            case when d.dlq_timestamp > '4000-01-01 BC'
                then d.dlq_timestamp - b.base * interval '1 minute'
                else d.dlq_timestamp
            end at time zone 'UTC' as priority_instant
        from {table:tasks_dlq} d
        cross join lateral (
            select case d.dlq_reason::text
            when 'dependency_cycle_detected' then 1000
            when 'max_retries_exceeded' then 500
            when 'staleness_timeout' then 100
            when 'worker_unavailable' then 50
            else 10
        end as base
        ) b
        where d.resolution_status = 'pending'
          and (d.dlq_entry_uuid = any(coalesce($4::uuid[], '{}'))) = $5::boolean
    ) open
    where (priority_instant, dlq_entry_uuid) > ($2::timestamptz, $3::uuid)
    order by priority_instant, dlq_entry_uuid
    limit $1::bigint
)
select
    p.dlq_entry_uuid,
    p.task_uuid,
    p.original_state::text as original_state,
    p.dlq_reason,
    coalesce(case when p.dlq_timestamp between '0001-01-02' and '9999-12-30' then p.dlq_timestamp at time zone 'UTC' end, 'epoch') as dlq_timestamp,
    age.minutes as minutes_in_dlq,
    ns.name::text as namespace_name,
    nt.name::text as task_name,
    coalesce(tr.to_state, 'pending')::text as current_state,
    coalesce(case when isfinite(tr.created_at) then extract(epoch from now() at time zone 'UTC' - tr.created_at)::float8 / 60 end, 0)
        as time_in_state_minutes,
    p.base::float8 as priority_base,
    greatest(age.minutes, 0) as priority_age,
    p.base + greatest(age.minutes, 0) as priority_score,
    p.priority_instant,
    null::text as owner,
    null::timestamptz as owned_until,
    null::timestamptz as snoozed_until,
    step.step_name::text as step_name,
    step.workflow_step_uuid,
    step.state::text as step_state,
    step.attempts,
    step.max_attempts,
    {error:failure.error} as current_error,
    (select count(*) from {table:tasks_dlq} e
     where e.task_uuid = p.task_uuid and e.resolution_status <> 'pending') as earlier_entries,
    (case when jsonb_typeof(p.metadata -> 'investigation_notes') = 'array'
        then jsonb_array_length(p.metadata -> 'investigation_notes') else 0 end)::bigint as notes,
    case when p.updated_at between '0001-01-01' and '9999-12-31'
        then ((extract(epoch from p.updated_at) * 1000000)::bigint % 2147483647)::int else 0 end as version
from page p
join {table:tasks} t using (task_uuid)
join {table:named_tasks} nt using (named_task_uuid)
join {table:task_namespaces} ns using (task_namespace_uuid)
left join {table:task_transitions} tr on tr.task_uuid = p.task_uuid and tr.most_recent
cross join lateral (
    select coalesce(case when isfinite(p.dlq_timestamp) then extract(epoch from now() at time zone 'UTC' - p.dlq_timestamp)::float8 / 60 end, 0)
        as minutes
) age
{part:blocking_step}
{part:step_error}
order by p.priority_instant, p.dlq_entry_uuid
