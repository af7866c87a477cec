-- Alerts, each with the number that caused it. [alerts] in source.toml says how long each must last before it
-- is shown. Pending tasks are counted only slightly beyond the limit, so that this stays cheap when there are a
-- million.
with crew as (
    select
        id,
        coalesce(pool_size, 0) as pool_size,
        case when isfinite(last_heartbeat)
            then last_heartbeat > now() - {setting:worker_timeout_seconds} * interval '1 second'
        end as alive,
        coalesce(is_leader, false) and coalesce(leader_until > now(), true) as has_lease,
        leader_until
    from {table:workers}
),
team as (
    select
        count(*) as registered,
        count(*) filter (where alive) as alive,
        coalesce(sum(pool_size) filter (where alive), 0) as size,
        -- a dead one leads nobody, however long its lease
        count(*) filter (where has_lease and alive is not false) as leaders,
        min(id) filter (where has_lease and alive = false and isfinite(leader_until)
            and leader_until > now() + 3 * {setting:leader_term_seconds} * interval '1 second') as dead_leader,
        max(leader_until) filter (where has_lease and alive = false and isfinite(leader_until)) as lease_ends
    from crew
),
-- a single instance registers no worker, names none in what it holds, and has no leader
named as (
    select exists (
        select from {table:tasks} where status in ('claimed', 'running') and worker_id is not null) as any_held
),
held as (
    select count(*) as n
    from {table:tasks} t
    where t.status in ('claimed', 'running') and t.worker_id in (select id from crew where alive)
),
waiting as (
    select count(*) as n
    from (
        select from {table:tasks} where status = 'pending' limit {setting:alert_pending} + 9001
    ) few
),
arrived as (
    select count(*) as n
    from {part:dead_tasks} given_up
    where coalesce(completed_at, updated_at, started_at, claimed_at, created_at)
          > now() - {setting:alert_dead_letter_minutes} * interval '1 minute'
      and coalesce(completed_at, updated_at, started_at, claimed_at, created_at) <= now()
)
select
    'pending' as alert,
    w.n > {setting:alert_pending} as over,
    w.n::float8 as value,
    format('%s%s tasks pending',
        case when w.n > {setting:alert_pending} + 9000 then 'over ' end,
        least(w.n, {setting:alert_pending} + 9000)) as text,
    'warning' as severity
from waiting w
union all
select
    'pool',
    t.size > 0 and h.n * 100.0 > t.size * {setting:alert_pool_percent},
    case when t.size > 0 then h.n * 100.0 / t.size end::float8,
    case when t.size > 0 then format('pool at %s %%', round(h.n * 100.0 / t.size))
        else 'no pool' end,
    'warning'
from team t
cross join held h
union all
select
    'dead_letters',
    a.n > 0,
    a.n::float8,
    format('%s new dead letter%s in %s m', a.n, case when a.n <> 1 then 's' end,
        {setting:alert_dead_letter_minutes}),
    'warning'
from arrived a
union all
select
    'no_leader',
    t.leaders = 0 and (t.registered > 0 or n.any_held),
    -- none where there is nobody to lead
    case when t.registered > 0 or n.any_held then t.leaders end::float8,
    case when t.registered = 0 and n.any_held then 'no leader: no worker is registered'
        when t.registered = 0 then 'no worker is registered: a single instance has no leader'
        when t.leaders = 0 and t.dead_leader is not null then format(
            'no leader: delete the dead one from workers (its lease ends in %s): %s',
            to_char(t.lease_ends, 'FMYYYY'), left(t.dead_leader, 100))
        when t.alive = 0 then 'no leader: no worker is alive'
        else 'no leader' end,
    'bad'
from team t
cross join named n
union all
select
    'two_leaders',
    t.leaders > 1,
    t.leaders::float8,
    format('%s leaders', t.leaders),
    'bad'
from team t
