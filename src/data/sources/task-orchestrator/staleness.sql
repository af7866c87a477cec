-- Tasks that are stuck or could become so, behind a key: overdue longest first, then what is due next.
-- What is stuck:
--   claimed and not started for too long, or running for too long (by type);
--   orphaned: claimed or running, and the worker is not registered or past its heartbeat;
--   unclaimed: pending, and due long ago.
-- Two partial indexes of the system carry this, however much is done: that on what may be claimed, and
-- one on what is held, for which it looks itself whenever it cleans up. Without them this reads the
-- whole table. The judgement (to `judged`) is the same in every statement that has it: a test sees to it.
-- $1 how many rows   $2, $3 when the task of the row before breaches, and its id
with crew as (
    select
        id,
        max(pool_size) as pool_size,
        max(last_heartbeat::timestamptz) filter (where isfinite(last_heartbeat)) as heartbeat
    from {table:workers}
    group by id
),
aged as (
    select
        t.id,
        coalesce(t.type, '(no type)') as type,
        t.status::text as state,
        coalesce(t.priority, 0) as priority,
        t.worker_id,
        c.id is not null as registered,
        s.since,
        s.allowed,
        a.in_state,
        a.age,
        a.silent
    from {table:tasks} t
    left join crew c on c.id = t.worker_id
    -- what is computed is kept: without `offset 0` it would be copied to wherever it is used
    cross join lateral (
        select
            case t.status
                when 'running' then coalesce(t.started_at, t.claimed_at, t.updated_at, t.created_at)
                when 'claimed' then coalesce(t.claimed_at, t.updated_at, t.created_at)
                -- what was put back to work waits since then
                else coalesce(t.next_retry_at, greatest(t.created_at, t.updated_at))
            end::timestamptz as since,
            least(5256000, greatest(0.1, case t.status
                when 'pending' then {setting:unclaimed_minutes}
                when 'claimed' then {setting:claimed_minutes}
                else coalesce(
                    (select l.value::float8
                     from jsonb_each({setting:running_minutes_by_type}::jsonb) l
                     where l.key = t.type and jsonb_typeof(l.value) = 'number'),
                    {setting:running_minutes})
            end))::float8 as allowed
        offset 0
    ) s
    cross join lateral (
        select
            case when isfinite(s.since) then date_part('epoch', now() - s.since) / 60 end
                as in_state,
            case when isfinite(t.created_at)
                then date_part('epoch', now() - t.created_at::timestamptz) / 60 end as age,
            -- since its worker was last heard of, if only by taking this task; null if that worker is
            -- registered without a heartbeat: nobody can tell whether it is gone
            case when t.status <> 'pending' and isfinite(s.since)
                    and (c.id is null or c.heartbeat is not null)
                then date_part('epoch', now() - greatest(c.heartbeat, s.since)) / 60 end
                as silent
        offset 0
    ) a
    where t.status in ('claimed', 'running')
       or (t.status = 'pending' and (t.next_retry_at is null or t.next_retry_at <= now()))
),
believed as (
    select
        aged.*,
        -- dated in the future, before the task was created, or further back than is believed
        coalesce(in_state < -1 or age < -1 or in_state > age + 1
            or in_state > 5256000 or age > 5256000, true) as suspect,
        coalesce(silent >= {setting:worker_timeout_seconds} / 60.0, false) as lost
    from aged
),
judged as (
    select
        id, type, state, priority, worker_id, registered, silent, suspect,
        coalesce(in_state, 0) as in_state,
        coalesce(age, 0) as age,
        -- an orphan has been stuck since it was one, if that is earlier than its limit
        case when lost and not suspect
            then least(allowed, in_state - silent + {setting:worker_timeout_seconds} / 60.0)
            else allowed
        end::float8 as threshold,
        case
            when suspect then 'infinity'
            else since + interval '1 minute' * case when lost
                then least(allowed, in_state - silent + {setting:worker_timeout_seconds} / 60.0)
                else allowed end
        end::timestamptz as breaches_at,
        case
            when suspect then 'unknown'
            when lost or in_state >= allowed then 'stale'
            when in_state >= 0.8 * allowed or silent >= {setting:worker_timeout_seconds} / 75.0
                then 'warning'
            else 'healthy'
        end as health,
        case
            when suspect then null
            when lost then 'orphaned'
            when in_state >= allowed then
                case state when 'pending' then 'unclaimed' when 'claimed' then 'not started'
                    else 'too long' end
            when silent >= {setting:worker_timeout_seconds} / 75.0 then 'heartbeat late'
        end as condition
    from believed
),
page as materialized (
    select *
    from judged
    where (breaches_at, id) > ($2::timestamptz, $3::uuid)
    order by breaches_at, id
    limit $1::bigint
),
places as (
    select
        count(*) as alive,
        coalesce(sum(c.pool_size), 0) as size,
        (select count(*) from {table:tasks} t
         where t.status in ('claimed', 'running') and t.worker_id in (
             select a.id from crew a
             where a.heartbeat > now() - {setting:worker_timeout_seconds} * interval '1 second')) as taken
    from crew c
    where c.heartbeat > now() - {setting:worker_timeout_seconds} * interval '1 second'
)
select
    p.id as task_uuid,
    p.type as namespace_name,
    p.type as task_name,
    '' as task_version,
    p.state as current_state,
    p.in_state as time_in_state_minutes,
    p.threshold as staleness_threshold_minutes,
    p.age as task_age_minutes,
    0::float8 as max_lifetime_minutes,
    false as lifetime_exceeded,
    p.threshold - p.in_state as minutes_to_breach,
    p.breaches_at,
    p.health as health_status,
    'alert' as staleness_action,
    false as sweep_takes,
    p.priority::int as priority,
    case
        when p.state = 'pending' then case
            when w.alive = 0 then 'a worker: none is alive'
            when w.taken >= w.size then format('a worker: all %s places are taken', w.size)
            else 'a worker to claim it' end
        when p.worker_id is null then 'a worker: it names none'
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
    nullif(left(split_part(ltrim(left(t.last_error, 4096), E' \t\r\n'), E'\n', 1), 500), '')
        as blocking_error,
    p.suspect as age_suspect,
    null::uuid as pending_entry,
    null::int as pending_entry_version,
    p.condition
from page p
join {table:tasks} t on t.id = p.id
cross join places w
order by p.breaches_at, p.id
