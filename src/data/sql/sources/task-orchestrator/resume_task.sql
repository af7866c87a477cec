-- Requeues a task. A failed or dead task starts again with all its attempts. A claimed or running task is
-- released, but only if its worker is gone right now: not registered, or its heartbeat is overdue and it has
-- given no sign of life since it took the task. If that cannot be decided, because a heartbeat is missing or a
-- timestamp is impossible, nothing is done; nor if it names no worker and none is alive: then a single instance
-- holds it, which requeues what it held when it starts. If another task of the same type and key is active or done, the
-- work would be done twice: this is refused if the system's own constraint does not prevent it.
-- $1 task   $2 expected state   $3 actor   $4 reason   $5 batch
with asked as (
    select $3::text as actor, $4::text as reason, $5::uuid as batch
),
found as materialized (
    select *
    from {table:tasks}
    where {has_id:id = $1::uuid}
    for no key update
),
looked as materialized (
    select
        f.id,
        f.status::text as state,
        f.worker_id,
        f.updated_at::timestamptz as changed_at,
        coalesce(case f.status::text
            when 'running' then coalesce(f.started_at, f.claimed_at, f.updated_at, f.created_at)
            else coalesce(f.claimed_at, f.updated_at, f.created_at)
        end::timestamptz, 'infinity') as since,
        w.registered,
        w.heartbeat,
        (select coalesce(bool_or(isfinite(a.last_heartbeat) and a.last_heartbeat > statement_timestamp()
                    - {setting:worker_timeout_seconds} * interval '1 second'), false)
         from {table:workers} a) as staffed,
        (select format('%s is %s', o.id, o.status)
         from {table:tasks} o
         where o.type = f.type and o.idempotency_key = f.idempotency_key and o.id <> f.id
           and o.status in ('pending', 'claimed', 'running', 'completed')
         limit 1) as twin
    from found f
    cross join lateral (
        select count(*) > 0 as registered, max(last_heartbeat)::timestamptz as heartbeat
        from {table:workers}
        where id = f.worker_id
    ) w
),
judged as materialized (
    select
        l.*,
        case
            when l.state is distinct from $2::text then null
            when l.state in ('claimed', 'running') then case
                when not isfinite(l.since) or l.since > statement_timestamp()
                        or l.since < statement_timestamp() - interval '10 years'
                    then 'it is not known since when it is held: whether its worker is gone cannot be told'
                when l.worker_id is null and not l.staffed
                    then 'a single instance holds it, for no worker is alive and it names none: whether that '
                        'instance runs cannot be told; it requeues what it held when it is started again'
                when l.registered and (l.heartbeat is null or not isfinite(l.heartbeat))
                    then format('worker %s has no heartbeat: whether it is gone cannot be told',
                        left(l.worker_id, 100))
                when l.heartbeat > statement_timestamp()
                        - {setting:worker_timeout_seconds} * interval '1 second'
                    then format('worker %s is alive: it was heard of %s s ago', left(l.worker_id, 100),
                        round(date_part('epoch', statement_timestamp() - l.heartbeat)))
                when l.since > statement_timestamp()
                        - {setting:worker_timeout_seconds} * interval '1 second'
                    then format('it was taken only %s s ago',
                        round(date_part('epoch', statement_timestamp() - l.since)))
            end
            when l.state not in ('failed', 'dead_letter')
                then format('a task that is %s is not put back to work', l.state)
        end as objection
    from looked l
),
decided as materialized (
    select
        j.*,
        case
            when j.state is distinct from $2::text then 'changed'
            when j.objection is not null or j.twin is not null then 'refused'
            else 'done'
        end as outcome
    from judged j
),
put_back as (
    update {table:tasks} t
    set status = 'pending',
        attempts = case when d.state in ('failed', 'dead_letter') then 0 else t.attempts end,
        next_retry_at = null,
        worker_id = null,
        claimed_at = null,
        started_at = null,
        completed_at = null,
        updated_at = now()
    from decided d
    where t.id = d.id and d.outcome = 'done'
    returning t.status::text as state, t.updated_at::timestamptz as changed_at
)
select
    coalesce(d.outcome, 'refused') as outcome,
    case
        when d.outcome = 'refused' then coalesce(
            d.objection,
            format('its idempotency key is in use: task %s', d.twin))
        when d.id is null then 'there is no such task'
        else coalesce(p.state, d.state)
    end as now_state,
    -- the system does not record who changed it; the worker that has it now is the best answer
    case when d.outcome = 'changed' then left(d.worker_id, 200) end as changed_by,
    case when coalesce(p.changed_at, d.changed_at)
            between '0001-01-02 00:00+00' and '9999-12-30 00:00+00'
        then coalesce(p.changed_at, d.changed_at) end as changed_at
from asked a
left join decided d on true
left join put_back p on true
