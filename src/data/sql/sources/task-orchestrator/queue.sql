-- Dead letters after a given one, by priority: tasks that are out of attempts, and those that failed
-- permanently. A point of a task's own priority counts like some minutes of waiting. With an index on failed
-- and dead tasks the cost does not depend on how many are done; the sort key itself is not a column.
-- $1 row limit   $2, $3 the previous row: its priority as an instant, its entry
-- $4 snoozed entries   $5 whether to list only those, or only the others
with dead as (
    select
        t.id,
        coalesce(t.type, '(no type)') as type,
        coalesce(t.status::text, '(no status)') as state,
        coalesce(t.completed_at, t.updated_at, t.started_at, t.claimed_at, t.created_at)::timestamptz
            as at,
        (case when t.status = 'dead_letter' then {setting:priority_base_dead_letter}
              else {setting:priority_base_failed} end
            + least(1000, greatest(-1000, coalesce(t.priority, 0))) * {setting:priority_per_point}
        )::float8 as base,
        t.attempts,
        t.max_retries,
        t.updated_at,
        t.last_error
    from {part:dead_tasks} t
    where ({id:t.id} = any($4::uuid[])) = $5::boolean
),
ranked as (
    select
        dead.*,
        case when at between '0001-01-02 00:00+00' and '9999-12-30 00:00+00' then at end as sane,
        case when at between '0001-01-02 00:00+00' and '9999-12-30 00:00+00'
            then at - base * interval '1 minute' else 'infinity' end as place
    from dead
),
page as materialized (
    select
        ranked.*,
        coalesce(date_part('epoch', now() - sane) / 60, 0) as minutes
    from ranked
    where (place, {id:id}) > ($2::timestamptz, $3::uuid)
    order by place, {id:id}
    limit $1::bigint
)
select
    {id:p.id} as dlq_entry_uuid,
    {id:p.id} as task_uuid,
    p.state as original_state,
    case p.state when 'dead_letter' then 'max_retries_exceeded' else p.state end as dlq_reason,
    coalesce(p.sane, 'epoch') as dlq_timestamp,
    p.minutes as minutes_in_dlq,
    p.type as namespace_name,
    p.type as task_name,
    p.state as current_state,
    p.minutes as time_in_state_minutes,
    p.base as priority_base,
    greatest(p.minutes, 0)::float8 as priority_age,
    (p.base + greatest(p.minutes, 0))::float8 as priority_score,
    p.place as priority_instant,
    null::text as owner,
    null::timestamptz as owned_until,
    null::timestamptz as snoozed_until,
    null::text as step_name,
    null::uuid as workflow_step_uuid,
    null::text as step_state,
    case when p.attempts between -2147483648 and 2147483647 then p.attempts::int end as attempts,
    case when p.max_retries between -2147483648 and 2147483647 then p.max_retries::int end as max_attempts,
    {error:p.last_error} as current_error,
    0::bigint as earlier_entries,
    0::bigint as notes,
    -- the table has no version: the columns that a retry changes serve as one
    hashtext(concat_ws('|', p.state, p.updated_at, p.attempts)) & 2147483647 as version
from page p
order by p.place, {id:p.id}
