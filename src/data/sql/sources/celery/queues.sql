-- Queues: how many messages wait in each and since when, if the SQL broker is used; which tasks are routed to
-- it; and how many of its failed jobs are open. An invisible message counts as taken by a worker, so delayed
-- messages are not shown. The broker leaves the time of a message empty until a worker takes it: then nobody knows
-- how long the oldest has waited.
-- $1 row limit
with failed as (
    select coalesce(nullif(btrim(f.queue::text), ''), '(eager)') as name, count(*) as failed
    from {table:failed_jobs} f
    where {part:open_job}
    group by 1
),
waiting as (
    select
        q.name::text as name,
        count(m.id) as depth,
        -- the broker numbers its messages in their order
        min(case when m.id::text ~ '^[0-9]{1,18}$' then m.id::text::bigint end) as first_message,
        max(case when m.id::text ~ '^[0-9]{1,18}$' then m.id::text::bigint end) as last_message,
        case when bool_and(coalesce(m.timestamp <= now() + interval '1 minute' and isfinite(m.timestamp), false))
            then min(m.timestamp) end::timestamptz as oldest
    from {table:kombu_queue} q
    left join {table:kombu_message} m on m.queue_id = q.id and m.visible
    -- the queues of Celery's remote control hold no work
    where q.name::text not like '%.pidbox' and q.name::text not like 'celeryev%'
    group by q.name::text
),
routes as (
    select r.value as name, array_agg(r.key order by r.key) as patterns
    from jsonb_each_text({setting:routes}::jsonb) r
    group by r.value
)
select
    n.name,
    coalesce(w.depth, 0) as depth,
    case when w.oldest is not null
        then greatest(extract(epoch from now() - w.oldest)::float8, 0) end
        as oldest_seconds,
    null::bigint as delayed,
    coalesce(r.patterns, '{}') as routes,
    coalesce(f.failed, 0) as failed,
    w.first_message as oldest_message,
    w.last_message as newest_message,
    {setting:waiting_minutes}::float8 * 60 as late_seconds
from (
    select name from failed
    union
    select name from waiting
    union
    select name from routes
) n
left join failed f on f.name = n.name
left join waiting w on w.name = n.name
left join routes r on r.name = n.name
where n.name is not null
order by 2 desc, 6 desc, n.name
limit $1::bigint
