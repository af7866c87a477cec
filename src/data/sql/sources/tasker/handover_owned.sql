-- Open entries that are claimed; the claim that ends first comes first.
-- $1 row limit
select
    o.dlq_entry_uuid,
    t.namespace_name,
    t.task_name,
    e.dlq_reason::text as dlq_reason,
    o.owner,
    coalesce(dlqtop.sane_instant(o.expires_at), 'epoch') as until,
    coalesce(dlqtop.sane_instant(e.dlq_timestamp), 'epoch') as dlq_timestamp
from public.v_dlq_owners o
join public.v_dlq_entries e using (dlq_entry_uuid)
join public.v_task_summary t using (task_uuid)
order by o.expires_at, o.dlq_entry_uuid
limit $1::bigint
