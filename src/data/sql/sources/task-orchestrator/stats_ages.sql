-- Dead letters by waiting time.
with dead as (
    select coalesce(completed_at, updated_at, started_at, claimed_at, created_at)::timestamptz as at
    from {part:dead_tasks} given_up
),
counted as (
    select
        case
            when at > now() - interval '15 minutes' then 1
            when at > now() - interval '1 hour' then 2
            when at > now() - interval '4 hours' then 3
            when at > now() - interval '24 hours' then 4
            else 5
        end as n,
        count(*) as pending
    from dead
    group by 1
)
select label, coalesce(c.pending, 0)::bigint as pending
from (values (1, '< 15m'), (2, '15m-1h'), (3, '1-4h'), (4, '4-24h'), (5, '> 1d')) bucket (n, label)
left join counted c using (n)
order by n
