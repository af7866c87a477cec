-- Alerts: many failures at once, and messages that no worker takes: by how long the oldest has waited, or by how
-- many wait where that is not known.
with burst as (
    select count(*) as n
    from {table:failed_jobs} f
    where f.failed_at > now() - interval '5 minutes' and f.failed_at <= now()
),
waiting as (
    select w.*, coalesce(w.age >= {setting:waiting_minutes} * 60, w.n >= {setting:waiting_messages}) as over
    from (
        select
            q.name::text as name,
            count(*) as n,
            -- the broker leaves the time empty while a message waits: then the depth has to do
            case when bool_and(coalesce(m.timestamp <= now() + interval '1 minute' and isfinite(m.timestamp), false))
                then extract(epoch from now() - min(m.timestamp)::timestamptz)::float8 end as age
        from {table:kombu_message} m
        join {table:kombu_queue} q on q.id = m.queue_id
        where m.visible and q.name::text not like '%.pidbox' and q.name::text not like 'celeryev%'
        group by q.name::text
    ) w
    order by 4 desc, w.age desc nulls last, w.n desc, w.name
    limit 1
)
select
    'burst' as alert,
    n >= {setting:burst_failures} as over,
    n::float8 as value,
    format('%s failures in 5m', n) as text
from burst
union all
select
    'waiting',
    coalesce(w.over, false),
    coalesce(w.age / 60, w.n, 0)::float8,
    case
        when w.age is not null then format('%s: oldest message %sm', w.name, floor(w.age / 60))
        when w.name is not null then format('%s: %s messages wait, since when is not known', w.name, w.n)
        else 'no message waits'
    end
from (values (1)) one
left join waiting w on true
