-- What the layout lacks: an index for claiming tasks, and a constraint against enqueueing the same work twice. What
-- the rows hold that the system itself does not get over: states that nobody knows, instants that cannot be, and a
-- dead leader whose lease keeps others from leading.
with indexes as (
    select
        i.indrelid::regclass as relation,
        i.indexrelid::regclass as name,
        i.indisvalid and i.indisready as is_good,
        i.indisunique,
        pg_get_expr(i.indpred, i.indrelid) as predicate,
        array(
            select a.attname::text
            from unnest(i.indkey::int[]) with ordinality as k (attnum, place)
            join pg_attribute a on a.attrelid = i.indrelid and a.attnum = k.attnum
            order by k.place
        ) as columns
    from pg_type y
    join pg_index i on i.indrelid = y.typrelid
    where y.oid = pg_typeof(null::{table:tasks})
),
tasks as (
    select y.typrelid::regclass as relation
    from pg_type y
    where y.oid = pg_typeof(null::{table:tasks})
),
-- an index on pending tasks, or one that starts with the status
claims as (
    select
        coalesce(bool_or(is_good), false) as is_there,
        min(name::text) filter (where not is_good) as broken
    from indexes
    where predicate like '%pending%' or (predicate is null and columns[1] = 'status')
),
once as (
    select coalesce(bool_or(is_good and indisunique), false) as is_there
    from indexes
    where predicate is null and columns @> array['type', 'idempotency_key'] and cardinality(columns) = 2
)
select
    'wrong' as level,
    format('the index for claims, %s, is not valid: each claim reads the whole table', c.broken) as what,
    format('reindex index concurrently %s', c.broken) as first,
    '{}'::text[] as details
from claims c
where not c.is_there and c.broken is not null
union all
select
    'warning',
    'there is no index for claims: each claim reads the whole table',
    format('create index concurrently on %s (priority desc, created_at) where status = ''pending''', t.relation),
    '{}'
from claims c
cross join tasks t
where not c.is_there and c.broken is null
union all
select
    'warning',
    'nothing keeps a task of the same type and idempotency key from being enqueued twice',
    format('create unique index concurrently on %s (type, idempotency_key)', t.relation),
    '{}'
from once o
cross join tasks t
where not o.is_there
union all
select
    'warning',
    format('%s tasks are in a state that is not known, and count as open: %s',
        sum(n), string_agg(format('%s (%s)', state, n), ', ' order by n desc, state)),
    'see what puts them there; dlqtop offers no act for them',
    '{}'
from (
    select coalesce(left(status::text, 100), '(no status)') as state, count(*) as n
    from {part:dead_tasks} given_up
    where status is null or status::text not in ('failed', 'dead_letter')
    group by 1
) unknown
having count(*) > 0
union all
select
    'warning',
    format('%s dead letters have no instant that can be: their age is not known', count(*)),
    'see the clocks of the workers',
    '{}'
from {part:dead_tasks} given_up
where coalesce(coalesce(completed_at, updated_at, started_at, claimed_at, created_at)::timestamptz
    not between now() - interval '10 years' and now() + interval '1 minute', true)
having count(*) > 0
union all
select
    'warning',
    format('worker %s is dead and has the lease of the leader until %s: no other can lead, and no orphan is freed',
        left(w.id, 100), to_char(w.leader_until, 'FMYYYY')),
    format('delete from %s where id = %L', c.relation, w.id),
    array['the system adds nanoseconds as if they were seconds, so that a lease lasts for centuries']
from {table:workers} w
cross join (
    select y.typrelid::regclass as relation from pg_type y where y.oid = pg_typeof(null::{table:workers})
) c
where w.is_leader and isfinite(w.leader_until) and isfinite(w.last_heartbeat)
  and w.last_heartbeat <= now() - {setting:worker_timeout_seconds} * interval '1 second'
  and w.leader_until > now() + 3 * {setting:leader_term_seconds} * interval '1 second'
union all
select 'warning', 'an index is not valid: writers pay for it and nobody can use it',
       'reindex index concurrently NAME', array_agg(i.name::text order by i.name::text)
from indexes i
cross join claims c
where not i.is_good and (c.is_there or c.broken is distinct from i.name::text)
having count(*) > 0
