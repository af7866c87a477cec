-- A page of dead letters after a given one, newest first. All of them are open.
-- $1 row limit   $2, $3 the previous row: its time and id   $4 pending, closed or all
with dead as (
    select
        t.id, t.type, coalesce(t.status::text, '(no status)') as state, t.attempts, t.updated_at, t.last_error,
        coalesce(
            coalesce(t.completed_at, t.updated_at, t.started_at, t.claimed_at, t.created_at)::timestamptz,
            '-infinity') as at
    from {part:dead_tasks} t
    where $4::text in ('pending', 'all')
),
page as materialized (
    select *
    from dead
    where (at, {id:id}) < ($2::timestamptz, $3::uuid)
    order by at desc, {id:id} desc
    limit $1::bigint
)
select
    {id:p.id} as dlq_entry_uuid,
    {id:p.id} as task_uuid,
    coalesce(p.type, '(no type)') as namespace_name,
    coalesce(p.type, '(no type)') as task_name,
    p.state as current_state,
    case p.state when 'dead_letter' then 'max_retries_exceeded' else p.state end as dlq_reason,
    p.state as original_state,
    p.at as place,
    coalesce(s.sane, 'epoch') as dlq_timestamp,
    coalesce(date_part('epoch', now() - s.sane) / 60, 0) as minutes_open,
    'pending' as resolution_status,
    null::timestamptz as resolution_timestamp,
    null::text as resolution_notes,
    null::text as resolved_by,
    null::text as owner,
    null::timestamptz as snoozed_until,
    null::text as failed_step,
    {error:p.last_error} as failed_error,
    hashtext(concat_ws('|', p.state, p.updated_at, p.attempts)) & 2147483647 as version
from page p
cross join lateral (
    select case when p.at between '0001-01-02 00:00+00' and '9999-12-30 00:00+00' then p.at end as sane
) s
order by p.at desc, {id:p.id} desc
