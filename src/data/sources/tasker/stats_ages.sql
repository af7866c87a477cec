-- Open entries by how long they have waited.
select label, count(d.age)::bigint as pending
from (values
    (1, '< 15m', '-infinity'::float8, 15::float8),
    (2, '15m-1h', 15, 60),
    (3, '1-4h', 60, 240),
    (4, '4-24h', 240, 1440),
    (5, '> 1d', 1440, 'infinity')) as bucket (n, label, low, high)
left join (
    select coalesce(minutes_between(dlq_timestamp, now()), 0) as age
    from tasker_tasks_dlq
    where resolution_status = 'pending'
) d on d.age >= bucket.low and d.age < bucket.high
group by n, label
order by n
