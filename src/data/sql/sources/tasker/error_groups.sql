-- The groups of open entries, by these rules: the largest, and the newest even if they are small. Claims are
-- counted from the claims, which are few.
-- $1 rules   $2 how many of the largest   $3 how many of the newest
with claimed as (
    select e.group_id, count(*) as claimed,
           case when min(o.owner) = max(o.owner) then min(o.owner) end as owner
    from public.v_dlq_owners o
    join public.v_entry_errors e using (dlq_entry_uuid)
    group by e.group_id
),
largest as (
    select group_id from public.v_error_groups where rules = $1::text
    order by entries desc
    limit $2::bigint
),
newest as (
    select group_id from public.v_error_groups where rules = $1::text
    order by group_id desc
    limit $3::bigint
)
select
    g.group_id,
    g.namespace_name,
    g.task_name,
    nullif(g.step_name, '') as step_name,
    g.dlq_reason::text as dlq_reason,
    g.fingerprint,
    g.entries,
    coalesce(c.claimed, 0) as claimed,
    c.owner,
    coalesce(dlqtop.sane_instant(g.first_seen), 'epoch') as first_seen,
    coalesce(dlqtop.sane_instant(g.last_seen), 'epoch') as last_seen
from public.v_error_groups g
left join claimed c using (group_id)
where g.group_id in (select group_id from largest union select group_id from newest)
