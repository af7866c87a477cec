-- A page of entries, open and closed, after a given one, newest first.
-- $1 row limit   $2, $3 the previous row: its time and id   $4 pending, closed or all
with page as materialized (
    select *
    from public.v_dlq_entries e
    where (e.dlq_timestamp, e.dlq_entry_uuid) < ($2::timestamptz, $3::uuid)
      and ($4::text = 'all' or (e.resolution_status = 'pending') = ($4::text = 'pending'))
    order by e.dlq_timestamp desc, e.dlq_entry_uuid desc
    limit $1::bigint
)
select
    p.dlq_entry_uuid,
    p.task_uuid,
    t.namespace_name,
    t.task_name,
    t.current_state,
    p.dlq_reason::text as dlq_reason,
    p.original_state,
    p.dlq_timestamp as place,
    coalesce(dlqtop.sane_instant(p.dlq_timestamp), 'epoch') as dlq_timestamp,
    coalesce(dlqtop.minutes_between(p.dlq_timestamp, coalesce(p.resolution_timestamp, now())), 0)
        as minutes_open,
    p.resolution_status::text as resolution_status,
    dlqtop.sane_instant(p.resolution_timestamp) as resolution_timestamp,
    left(p.resolution_notes, 4096) as resolution_notes,
    p.resolved_by,
    o.owner,
    dlqtop.sane_instant(z.until) as snoozed_until,
    failed.step ->> 'name' as failed_step,
    {error:failed.step ->> 'last_error'} as failed_error,
    p.version
from page p
join public.v_task_summary t using (task_uuid)
left join public.v_dlq_owners o using (dlq_entry_uuid)
left join public.v_dlq_snoozes z using (dlq_entry_uuid)
-- as it was when the entry was opened: the current state may have been fixed since
cross join lateral (
    select jsonb_path_query_first(
        p.task_snapshot, '$.steps[*] ? (@.state == "error" || @.state == "waiting_for_retry")') as step
) failed
order by p.dlq_timestamp desc, p.dlq_entry_uuid desc
