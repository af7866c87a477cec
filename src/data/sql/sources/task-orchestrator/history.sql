-- The history of a task, newest first, from the timestamps of its row: each state has only the last time it was
-- entered. What failed comes first, whole, and the number of the attempt after it.
-- $1 task   $2 row limit
with one as (
    select
        t.*,
        t.status::text as state,
        {error:t.last_error} as error,
        case
            when t.status in ('failed', 'dead_letter') then coalesce(t.completed_at, t.updated_at)
            else t.completed_at
        end as ended
    from {table:tasks} t
    where {has_id:t.id = $1::uuid}
),
told as (
    select
        o.created_at::timestamptz as at, 1 as place, null::text as from_state, 'pending' as to_state,
        null::text as processor,
        concat_ws(', ', 'key ' || left(o.idempotency_key, 200), 'priority ' || o.priority) as reason
    from one o
    union all
    select o.claimed_at, 2, 'pending', 'claimed', left(o.worker_id, 200), null
    from one o
    union all
    select o.started_at, 3, 'claimed', 'running', left(o.worker_id, 200), null
    from one o
    union all
    select
        o.ended, 4, 'running',
        case when o.state in ('pending', 'claimed', 'running') then 'ended' else o.state end,
        left(o.worker_id, 200),
        case when o.state in ('failed', 'dead_letter')
            then concat_ws(' ', o.error, format('(attempt %s of %s)', o.attempts, o.max_retries)) end
    from one o
    union all
    -- pending again: after a failure, or because someone has requeued it
    select
        o.updated_at, 5, null, 'pending', null,
        case when o.attempts > 0 then concat_ws(' ', o.error,
            format('(attempt %s of %s failed)', o.attempts, o.max_retries)) end
    from one o
    where o.state = 'pending' and o.updated_at > o.created_at
    union all
    select o.updated_at, 6, null, coalesce(o.state, '(no status)'), left(o.worker_id, 200), null
    from one o
    where o.state is null
       or o.state not in ('pending', 'claimed', 'running', 'completed', 'failed', 'dead_letter')
)
select
    coalesce(case when at between '0001-01-02 00:00+00' and '9999-12-30 00:00+00' then at end, 'epoch')
        as created_at,
    null::text as step_name,
    from_state,
    to_state,
    processor,
    nullif(reason, '') as reason
from told
where at is not null
order by at desc, place desc
limit $2::bigint
