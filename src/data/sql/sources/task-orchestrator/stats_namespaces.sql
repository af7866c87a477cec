-- Task types with problems, worst first.
-- $1 row limit
with {part:judged}
select
    type as namespace_name,
    sum(stale)::bigint as stale,
    sum(pending)::bigint as pending
from (
    select type, 1 as stale, 0 as pending
    from judged
    where health = 'stale'
    union all
    select coalesce(type, '(no type)'), 0, 1
    from {part:dead_tasks} given_up
) wrong
group by type
order by sum(stale) + sum(pending) desc, type
limit $1::bigint
