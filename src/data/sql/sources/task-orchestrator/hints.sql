-- Hints why a task is stuck, from the other tables and the system catalogs, and what to do first.
-- $1 task
with {part:judged},
one as (
    select
        t.id, t.type, t.status::text as state, t.attempts, t.max_retries, t.idempotency_key, t.worker_id,
        t.priority, j.condition, j.in_state, j.silent, j.registered,
        case when isfinite(t.next_retry_at) then
            date_part('epoch', t.next_retry_at::timestamptz - now()) end as retry_in
    from {table:tasks} t
    left join judged j on j.id = t.id
    where {has_id:t.id = $1::uuid}
),
staff as (
    select
        w.id,
        coalesce(w.pool_size, 0) as pool_size,
        case when isfinite(w.last_heartbeat)
            then date_part('epoch', now() - w.last_heartbeat::timestamptz) end as seen,
        coalesce(w.is_leader, false) and coalesce(w.leader_until > now(), true) as has_lease,
        w.leader_until,
        case when isfinite(w.leader_until)
            then date_part('epoch', w.leader_until::timestamptz - now()) end as lease
    from {table:workers} w
),
held as (
    select worker_id as id, count(*) as busy
    from {table:tasks}
    where status in ('claimed', 'running')
    group by 1
),
team as (
    select
        count(*) as registered,
        count(*) filter (where s.seen < {setting:worker_timeout_seconds}) as alive,
        coalesce(sum(s.pool_size) filter (where s.seen < {setting:worker_timeout_seconds}), 0) as size,
        coalesce(sum(h.busy) filter (where s.seen < {setting:worker_timeout_seconds}), 0) as busy,
        -- a dead one leads nobody, however long its lease
        count(*) filter (where s.has_lease and coalesce(s.seen < {setting:worker_timeout_seconds}, true)) as leaders,
        min(left(s.id, 100)) filter (where s.has_lease and coalesce(s.seen < {setting:worker_timeout_seconds}, true))
            as leader,
        min(s.id) filter (where s.has_lease and s.seen >= {setting:worker_timeout_seconds}
            and s.lease > 3 * {setting:leader_term_seconds}) as dead_leader,
        max(s.leader_until) filter (where s.has_lease and s.seen >= {setting:worker_timeout_seconds}) as dead_lease,
        min(s.seen) as last_seen,
        min(s.seen) filter (where s.seen < -5) as ahead,
        -- a lease of years is no clock that is ahead: the system adds nanoseconds as if they were seconds
        max(s.lease) filter (where s.lease > 3 * {setting:leader_term_seconds} and s.lease < 31536000) as long_lease
    from staff s
    left join held h using (id)
),
-- whether claiming can use an index: one on pending tasks, or one that starts with the status
claim_index as (
    select
        coalesce(bool_or(i.indisvalid and i.indisready), false) as good,
        min(c.relname::text) filter (where not i.indisvalid or not i.indisready) as broken
    from pg_type y
    join pg_index i on i.indrelid = y.typrelid
    join pg_class c on c.oid = i.indexrelid
    left join pg_attribute a on a.attrelid = i.indrelid and a.attnum = i.indkey[0]
    where y.oid = pg_typeof(null::{table:tasks})
      and (pg_get_expr(i.indpred, i.indrelid) like '%pending%'
           or (i.indpred is null and a.attname = 'status'))
),
-- other tasks of the same type
latest as (
    select d.started_at, d.completed_at
    from {table:tasks} d
    join one o on o.type = d.type
    where d.status = 'completed'
      and d.completed_at > now() - interval '1 hour' and d.completed_at <= now()
    order by d.completed_at desc
    limit 1000
),
fellows as (
    select
        (select count(*) from latest) as done,
        (select percentile_cont(0.95) within group (
            order by date_part('epoch', completed_at - started_at))
         from latest where isfinite(started_at) and started_at <= completed_at) as usual_seconds,
        (select count(*)
         from {table:tasks} f
         join one o on o.type = f.type and o.id <> f.id
         where f.status in ('failed', 'dead_letter')
           and coalesce(f.completed_at, f.updated_at, f.started_at, f.claimed_at, f.created_at)
               between now() - interval '1 hour' and now()) as failed,
        exists (
            select
            from {table:tasks} f
            join one o on o.type = f.type and o.id <> f.id
            where f.status in ('failed', 'dead_letter')) as others_failed
),
twin as (
    select t.id, t.status::text as state
    from {table:tasks} t
    join one o on o.type = t.type and o.idempotency_key = t.idempotency_key and o.id <> t.id
    where t.status in ('pending', 'claimed', 'running', 'completed')
    limit 1
),
ahead as (
    select count(*) as n
    from (
        select
        from {table:tasks} t
        join one o on o.state = 'pending' and t.priority > o.priority
        where t.status = 'pending' and (t.next_retry_at is null or t.next_retry_at <= now())
        limit 1001
    ) few
),
said as (
    -- an orphan: how it became one, and which worker should have released it
    select 1 as place, 'bad' as severity,
        format(case when o.state = 'claimed'
            then 'Its worker crashed between claiming and starting it (%s): nothing was done. Release it.'
            else 'Its worker is gone (%s). What it did may be half done: look before you release it.'
            end,
            case
                when o.worker_id is null then 'it names none: a single instance took it'
                when not o.registered then 'no longer registered'
                when o.silent < 90 then format('no heartbeat for %s m', round(o.silent))
                else format('no heartbeat for %s h', round(o.silent / 60))
            end) as text
    from one o
    where o.condition = 'orphaned'
    union all
    select 2, 'warning', case
        when o.worker_id is null
            then 'No clean-up frees it, for it names no worker. Release it if no single instance runs any more.'
        when t.leaders = 0 then 'The leader''s clean-up lets orphans go, and there is no leader.'
        when o.registered then format(
            'The clean-up frees only tasks of workers whose row is gone. Release it, or run: %s',
            format('delete from workers where id = %L', left(o.worker_id, 100)))
        else format('The clean-up should have let it go within %s s of that: look at the leader, %s.',
            {setting:worker_timeout_seconds} + {setting:cleanup_seconds}, t.leader) end
    from one o
    cross join team t
    where o.condition = 'orphaned'
      and o.silent * 60 > {setting:worker_timeout_seconds} + {setting:cleanup_seconds}
    union all
    select 3, 'warning', format(
        'Worker %s is alive and has not started it: it holds %s in %s places, or hangs between the two.',
        left(o.worker_id, 100), h.busy, s.pool_size)
    from one o
    join staff s on s.id = o.worker_id
    join held h on h.id = o.worker_id
    where o.condition = 'not started'
    union all
    select 3, 'warning', format(
        'Worker %s is alive: it works, or hangs. Of its type, 19 in 20 take no longer than %s s.',
        left(o.worker_id, 100), round(f.usual_seconds::numeric, 1))
    from one o
    cross join fellows f
    where o.condition = 'too long' and f.usual_seconds is not null
    -- a single instance has it: nobody but its machine knows whether it lives
    union all
    select 1, 'warning', 'A single instance holds it, which sends no heartbeat: look whether its process runs. '
        'If not, start it: it requeues what it held. Until then a release could run the task twice.'
    from one o
    cross join team t
    where o.state in ('claimed', 'running') and o.worker_id is null
      and o.condition in ('not started', 'too long')
    -- no worker claims it
    union all
    select 1, 'bad', case
        when t.registered = 0
            then 'No worker is registered: start one. A single instance registers none: look whether its process runs.'
        else format('Of %s registered, no worker is alive; the last was heard of %s ago: start one.',
            t.registered, coalesce(round(t.last_seen / 60)::text || ' m', 'some time')) end
    from one o
    cross join team t
    where o.state = 'pending' and t.alive = 0 and (t.registered > 0 or o.condition = 'unclaimed')
    union all
    select 2, 'warning', format(
        'All %s places of %s workers are taken: more workers, larger pools, or fewer tasks that hang.',
        t.size, t.alive)
    from one o
    cross join team t
    where o.state = 'pending' and t.alive > 0 and t.busy >= t.size
    union all
    select 2, case when c.broken is not null then 'bad' else 'warning' end, case
        when c.broken is not null
            then format('The index for claims is not valid: each claim reads the whole table. '
                'Run: reindex index concurrently %s', quote_ident(c.broken))
        else 'There is no index for claims: each reads the whole table. Run: create index concurrently '
            'on tasks (priority desc, created_at) where status = ''pending'''
        end
    from one o
    cross join claim_index c
    where o.state in ('pending', 'claimed') and not c.good
    union all
    select 3, 'warning', format(
        'Workers have %s free places and do not claim it: do their claims wait for locks, do they serve its type?',
        t.size - t.busy)
    from one o
    cross join team t
    cross join claim_index c
    where o.condition = 'unclaimed' and t.alive > 0 and t.busy < t.size and c.good
    union all
    select 4, 'info', format('%s of a higher priority %s claimed before it.',
        case when a.n = 1 then '1 task' when a.n > 1000 then 'More than 1,000 tasks'
            else a.n || ' tasks' end,
        case when a.n = 1 then 'is' else 'are' end)
    from ahead a
    where a.n > 0
    union all
    select 1, 'info', format('It waits for its next attempt in %s: %s of %s failed.',
        case when o.retry_in < 90 then format('%s s', round(o.retry_in))
            when o.retry_in < 5400 then format('%s m', round(o.retry_in / 60))
            else format('%s h', round(o.retry_in / 3600)) end,
        o.attempts, o.max_retries)
    from one o
    where o.state = 'pending' and o.retry_in > 0
    -- it failed: because of the task itself, or something that all tasks need?
    union all
    select 2, 'bad', format(
        'Nothing of its type was done in the last hour, and %s more failed: mend the cause first.',
        f.failed)
    from one o
    cross join fellows f
    where o.state in ('failed', 'dead_letter') and f.done = 0 and f.failed > 0
    union all
    select 2, 'info', format(
        case when f.others_failed
            then 'Others of its type succeed, %s in the last hour: compare the payloads of those that fail.'
            else 'Others of its type succeed, %s in the last hour: look at this one''s payload.' end,
        case when f.done >= 1000 then '1,000 or more' else f.done::text end)
    from one o
    cross join fellows f
    where o.state in ('failed', 'dead_letter') and f.done > 0
    union all
    select 3, 'info', format('It failed after %s of %s attempts: its worker took the error for final.',
        o.attempts, o.max_retries)
    from one o
    where o.state = 'failed' and o.attempts < o.max_retries
    union all
    select 1, 'warning', format(
        'Task %s has the same type and idempotency key and is %s: a retry will be refused.', w.id, w.state)
    from one o
    cross join twin w
    where o.state in ('failed', 'dead_letter', 'claimed', 'running')
    -- the workers
    union all
    select 5, 'bad', format(
        '%s workers lead at once: two of them do the clean-up. Compare their clocks.', t.leaders)
    from one o
    cross join team t
    where t.leaders > 1 and o.state in ('pending', 'claimed', 'running')
    union all
    select 5, case when t.dead_leader is not null then 'bad' else 'warning' end, case
        when t.dead_leader is not null then format(
            'No worker can lead: the lease of the dead %s ends in %s. Run: delete from workers where id = %L',
            left(t.dead_leader, 60), to_char(t.dead_lease, 'FMYYYY'), left(t.dead_leader, 100))
        when t.alive = 0 then 'There is no leader, for no worker is alive.'
        else format('There is no leader though %s alive: compare their clocks with the database''s.',
            case when t.alive = 1 then '1 worker is' else t.alive || ' workers are' end) end
    from one o
    cross join team t
    where t.leaders = 0 and t.registered > 0 and o.state in ('pending', 'claimed', 'running')
    union all
    select 6, 'warning', case
        when t.ahead is not null
            then format('A worker''s clock is %s s ahead: it looks alive for that long after its end.',
                round(-t.ahead))
        else format('A leader''s lease ends only in %s s, and a term is %s s: its clock is ahead.',
            round(t.long_lease), {setting:leader_term_seconds}) end
    from one o
    cross join team t
    where (t.ahead is not null or t.long_lease is not null)
      and o.state in ('pending', 'claimed', 'running')
)
select text, severity
from said
order by place, array_position(array['bad', 'warning', 'info'], severity), text
limit 6
