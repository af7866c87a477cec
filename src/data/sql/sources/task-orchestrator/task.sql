-- One task, for the top of its detail. The last finished task of its type is searched within the last day,
-- newest first: an index on the completion time finds it at once.
-- $1 task
with {part:judged},
one as (
    select
        t.*,
        case
            when t.status in ('failed', 'dead_letter', 'completed')
                then coalesce(t.completed_at, t.updated_at, t.started_at, t.claimed_at, t.created_at)
            else coalesce(t.updated_at, t.created_at)
        end::timestamptz as since
    from {table:tasks} t
    where {has_id:t.id = $1::uuid}
)
select
    {id:o.id} as task_uuid,
    coalesce(o.type, '(no type)') as namespace_name,
    coalesce(o.type, '(no type)') as task_name,
    '' as task_version,
    coalesce(o.status::text, '(no status)') as current_state,
    coalesce(
        j.in_state,
        case when isfinite(o.since) then date_part('epoch', now() - o.since) / 60 end,
        0)::float8 as time_in_state_minutes,
    j.allowed as staleness_threshold_minutes,
    coalesce(case when isfinite(o.created_at)
        then date_part('epoch', now() - o.created_at::timestamptz) / 60 end, 0)::float8
        as task_age_minutes,
    least(greatest(coalesce(o.priority, 0), -2147483648), 2147483647)::int as priority,
    -- the table has no correlation id: other systems know the task by its own id
    {id:o.id} as correlation_id,
    null::text as initiator,
    (select date_part('epoch', now() - d.completed_at::timestamptz) / 60
     from {table:tasks} d
     where d.status = 'completed' and d.type = o.type
       and d.completed_at > now() - interval '1 day' and d.completed_at <= now()
     order by d.completed_at desc
     limit 1) as minutes_since_namespace_finished,
    -- as resume_task judges it: a worker that is alive keeps its task, and no work is done twice
    case
        when o.status in ('failed', 'dead_letter', 'claimed', 'running') and exists (
            select
            from {table:tasks} w
            where w.type = o.type and w.idempotency_key = o.idempotency_key and w.id <> o.id
              and w.status in ('pending', 'claimed', 'running', 'completed'))
            then false
        when o.status in ('claimed', 'running') then coalesce(j.condition = 'orphaned', false)
    end as can_requeue
from one o
left join judged j on j.id = o.id
