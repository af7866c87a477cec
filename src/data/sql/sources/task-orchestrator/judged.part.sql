-- `judged`: the tasks that are held by a worker or pending and due, with their health and the reason:
--   claimed and not started for too long, or running for too long (by type);
--   orphaned: claimed or running, and the worker is not registered or its heartbeat is overdue;
--   unclaimed: pending, and due long ago.
-- A single instance (the system's default) registers no worker and names none in what it holds. Such a task is an
-- orphan only if workers are alive: then the system is distributed, and its clean-up never frees a task that names
-- nobody.
crew as (
    select
        id,
        max(pool_size) as pool_size,
        max(last_heartbeat::timestamptz) filter (where isfinite(last_heartbeat)) as heartbeat
    from {table:workers}
    group by id
),
mode as (
    select coalesce(bool_or(heartbeat > now() - {setting:worker_timeout_seconds} * interval '1 second'), false)
        as staffed
    from crew
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
    -- `offset 0` keeps the planner from evaluating these expressions once for each use
    cross join lateral (
        select
            case t.status
                when 'running' then coalesce(t.started_at, t.claimed_at, t.updated_at, t.created_at)
                when 'claimed' then coalesce(t.claimed_at, t.updated_at, t.created_at)
                -- a requeued task waits since it was requeued
                else coalesce(t.next_retry_at, greatest(t.created_at, t.updated_at))
            end::timestamptz as since,
            least(5256000, greatest(0.1, case t.status
                when 'pending' then {setting:unclaimed_minutes}
                when 'claimed' then {setting:claimed_minutes}
                else coalesce(
                    ({setting:running_minutes_by_type}::jsonb ->> t.type)::float8,
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
            -- since the last sign of life of its worker, which may be claiming this task; null if the worker is
            -- registered without a heartbeat, or is a single instance, so that nobody can tell whether it is gone
            case when t.status <> 'pending' and isfinite(s.since)
                    and (c.id is null or c.heartbeat is not null)
                    and (t.worker_id is not null or (select staffed from mode))
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
        -- dated in the future, before the task was created, or implausibly far back
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
        allowed,
        -- an orphan is stuck whatever its age: it has no threshold
        case when lost and not suspect then 0 else allowed end::float8 as threshold,
        case
            when suspect then 'infinity'
            -- an orphan is stuck since it became one, if that is earlier than its limit
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
)
