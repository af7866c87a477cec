-- Alerts: many failures at once, and messages that no worker takes.
with burst as (
    select count(*) as n
    from {table:failed_jobs} f
    where f.failed_at > now() - interval '5 minutes' and f.failed_at <= now()
),
waiting as (
    select q.name::text as name, extract(epoch from now() - min(m.timestamp)::timestamptz)::float8 as age
    from {table:kombu_message} m
    join {table:kombu_queue} q on q.id = m.queue_id
    where m.visible and isfinite(m.timestamp)
      and q.name::text not like '%.pidbox' and q.name::text not like 'celeryev%'
    group by q.name::text
    order by 2 desc
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
    coalesce(w.age >= {setting:waiting_minutes} * 60, false),
    coalesce(w.age / 60, 0),
    coalesce(format('%s: oldest message %sm', w.name, floor(w.age / 60)), 'no message waits')
from (values (1)) one
left join waiting w on true
