-- Tasks that are stuck or could become so, after a given one: longest overdue first, then what is due next. Two
-- partial indexes of the system keep this independent of the number of done tasks: the one for claiming, and
-- the one on held tasks that its own clean-up uses. Without them this reads the whole table.
-- $1 row limit   $2, $3 the previous row: its breach and its task
with {part:judged},
page as materialized (
    select *
    from judged
    where (breaches_at, {id:id}) > ($2::timestamptz, $3::uuid)
    order by breaches_at, {id:id}
    limit $1::bigint
),
places as (
    select
        count(*) as alive,
        coalesce(sum(c.pool_size), 0) as size,
        (select count(*) from crew) as registered,
        (select count(*) from {table:tasks} t
         where t.status in ('claimed', 'running') and t.worker_id in (
             select a.id from crew a
             where a.heartbeat > now() - {setting:worker_timeout_seconds} * interval '1 second')) as taken
    from crew c
    where c.heartbeat > now() - {setting:worker_timeout_seconds} * interval '1 second'
)
select
    {id:p.id} as task_uuid,
    p.type as namespace_name,
    p.type as task_name,
    '' as task_version,
    p.state as current_state,
    p.in_state as time_in_state_minutes,
    p.threshold as staleness_threshold_minutes,
    p.age as task_age_minutes,
    0::float8 as max_lifetime_minutes,
    false as lifetime_exceeded,
    case when isfinite(p.breaches_at) then date_part('epoch', p.breaches_at - now()) / 60
        else p.threshold - p.in_state end as minutes_to_breach,
    p.breaches_at,
    p.health as health_status,
    'alert' as staleness_action,
    false as sweep_takes,
    least(greatest(p.priority, -2147483648), 2147483647)::int as priority,
    case
        when p.state = 'pending' then case
            -- a single instance registers no worker
            when w.alive = 0 and w.registered = 0 then 'a worker to claim it: none is registered'
            when w.alive = 0 then 'a worker: none is alive'
            when w.taken >= w.size then format('a worker: all %s places are taken', w.size)
            else 'a worker to claim it' end
        when p.worker_id is null and p.condition = 'orphaned' then 'a worker: it names none'
        when p.worker_id is null then 'the single instance'
        when not p.registered then format('worker %s, not registered', left(p.worker_id, 100))
        when p.condition in ('orphaned', 'heartbeat late') then format(
            'worker %s %s %s', left(p.worker_id, 100),
            case p.condition when 'orphaned' then 'gone' else 'silent' end,
            case
                when p.silent < 1.5 then format('%s s', round(p.silent * 60))
                when p.silent < 90 then format('%s m', round(p.silent))
                when p.silent < 2880 then format('%s h', round(p.silent / 60))
                else format('%s d', round(p.silent / 1440))
            end)
        else format('worker %s', left(p.worker_id, 100))
    end as blocking_step,
    null::uuid as blocking_step_uuid,
    null::text as blocking_step_state,
    {error:t.last_error} as blocking_error,
    p.suspect as age_suspect,
    null::uuid as pending_entry,
    null::int as pending_entry_version,
    p.condition
from page p
join {table:tasks} t on t.id = p.id
cross join places w
order by p.breaches_at, {id:p.id}
