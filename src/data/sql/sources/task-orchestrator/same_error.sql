-- The task's error, and those of the latest dead letters of the same type. Only $2 are searched, so the cost
-- does not grow with their number.
-- $1 task   $2 search limit
with mine as (
    select
        id, type,
        {error:last_error} as error
    from {part:dead_tasks} given_up
    where {has_id:id = $1::uuid}
),
others as materialized (
    select
        {error:t.last_error} as error
    from {part:dead_tasks} t
    join mine m on t.type = m.type and t.id <> m.id
    order by t.updated_at desc nulls last
    limit $2::bigint
)
select
    case when row_number() over () = 1 then m.error end as mine,
    o.error as other,
    (select count(*) >= $2::bigint from others) as at_least
from mine m
cross join others o
