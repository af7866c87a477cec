-- Namespaces with problems, worst first.
-- $1 row limit
select
    namespace_name,
    sum(stale)::bigint as stale,
    sum(pending)::bigint as pending
from (
    select namespace_name, stale, 0 as pending
    from public.v_staleness_counts
    union all
    select namespace_name, 0, entries
    from public.v_dlq_counts
    where resolution_status = 'pending'
) wrong
group by namespace_name
having sum(stale) + sum(pending) > 0
order by sum(stale) + sum(pending) desc, namespace_name
limit $1::bigint
