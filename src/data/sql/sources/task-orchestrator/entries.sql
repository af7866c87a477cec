-- A dead task is its own entry. Earlier entries leave no record.
-- $1 task   $2 row limit
select
    {id:t.id} as dlq_entry_uuid,
    case t.status when 'dead_letter' then 'max_retries_exceeded' else coalesce(t.status::text, '(no status)') end
        as dlq_reason,
    coalesce(t.status::text, '(no status)') as original_state,
    coalesce(case when d.at between '0001-01-02 00:00+00' and '9999-12-30 00:00+00' then d.at end,
             'epoch') as dlq_timestamp,
    'pending' as resolution_status,
    null::timestamptz as resolution_timestamp,
    null::text as resolution_notes,
    null::text as resolved_by,
    null::text as owner,
    null::timestamptz as owned_until,
    null::timestamptz as snoozed_until,
    hashtext(concat_ws('|', t.status, t.updated_at, t.attempts)) & 2147483647 as version
from {part:dead_tasks} t
cross join lateral (
    select coalesce(t.completed_at, t.updated_at, t.started_at, t.claimed_at, t.created_at)::timestamptz
        as at
) d
where {has_id:t.id = $1::uuid}
limit $2::bigint
