-- Workers, worst first: dead ones that still hold tasks (also those that are not registered), problems with the
-- leader, late ones, full pools; dead ones that hold nothing come last. Finished tasks are counted among the
-- latest ten thousand of the last hour.
-- $1 row limit
with held as (
    select worker_id as id, count(*) as busy
    from {table:tasks}
    where status in ('claimed', 'running') and worker_id is not null
    group by 1
),
finished as (
    select worker_id as id, count(*) as n
    from (
        select worker_id
        from {table:tasks}
        where status = 'completed' and completed_at > now() - interval '1 hour'
          and completed_at <= now()
        order by completed_at desc
        limit 10000
    ) latest
    where worker_id is not null
    group by 1
),
failed as (
    select worker_id as id, count(*) as n
    from {part:dead_tasks} given_up
    where worker_id is not null
      and coalesce(completed_at, updated_at, started_at, claimed_at, created_at)
          between now() - interval '1 hour' and now()
    group by 1
),
known as (
    select
        w.id, w.hostname, w.pool_size, w.version, coalesce(w.is_leader, false) as is_leader,
        case when isfinite(w.last_heartbeat)
            then date_part('epoch', now() - w.last_heartbeat::timestamptz) end as seen,
        case when isfinite(w.leader_until)
            then date_part('epoch', w.leader_until::timestamptz - now()) end as lease,
        coalesce(w.is_leader, false) and coalesce(w.leader_until > now(), true) as has_lease,
        w.leader_until,
        w.started_at::timestamptz as started_at,
        true as registered
    from {table:workers} w
    union all
    select h.id, null, null, null, false, null, null, false, null, null, false
    from held h
    where not exists (select from {table:workers} w where w.id = h.id)
),
judged as (
    select
        k.*,
        coalesce(h.busy, 0) as busy,
        v.health,
        -- a dead one leads nobody, however long its lease
        k.has_lease and v.health <> 'dead' as leads,
        count(*) filter (where k.has_lease and v.health <> 'dead') over () as leaders
    from known k
    left join held h using (id)
    cross join lateral (
        select case
            when not k.registered or k.seen >= {setting:worker_timeout_seconds} then 'dead'
            when k.seen is null or k.seen >= {setting:heartbeat_seconds} * 2 then 'late'
            else 'alive'
        end as health
    ) v
),
told as (
    select
        j.*,
        concat_ws(', ',
            case
                when not registered then 'not registered'
                when seen is null then 'no heartbeat'
                when seen < -1 then format('clock %s s ahead', round(-seen))
            end,
            case when health = 'dead' and busy > 0 then format('holds %s', busy) end,
            case
                when leads and leaders > 1 then format('one of %s leaders', leaders)
                when has_lease and health = 'dead' and lease > 3 * {setting:leader_term_seconds}
                    then format('no other can lead until %s: delete it from workers', to_char(leader_until, 'FMYYYY'))
                when has_lease and health = 'dead' then 'led until its end'
                when is_leader and not leads then 'lease ran out'
                when leaders = 0 and health <> 'dead' then 'no leader'
            end,
            case when health <> 'dead' and busy >= pool_size then 'saturated' end) as condition
    from judged j
)
select
    coalesce(left(t.id, 200), '(no id)') as worker,
    left(t.hostname, 200) as host,
    null::text as namespace_name,
    t.health,
    nullif(t.condition, '') as condition,
    t.seen as seen_seconds,
    t.busy,
    t.pool_size::bigint as size,
    t.is_leader,
    t.lease as lease_seconds,
    left(t.version, 100) as version,
    case when t.started_at between '0001-01-02 00:00+00' and '9999-12-30 00:00+00'
        then t.started_at end as started_at,
    coalesce(f.n, 0) as finished_last_hour,
    coalesce(b.n, 0) as failed_last_hour
from told t
left join finished f using (id)
left join failed b using (id)
order by
    case
        when t.health = 'dead' and (t.busy > 0 or t.has_lease) then 1
        when t.leads and t.leaders > 1 then 2
        when t.is_leader and not t.leads and t.health <> 'dead' then 3
        when t.health = 'late' then 4
        when t.health = 'dead' then 6
        else 5
    end,
    t.busy::float8 / nullif(t.pool_size, 0) desc nulls last,
    t.seen nulls last,
    t.id
limit $1::bigint
