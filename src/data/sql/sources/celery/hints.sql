-- Hints why this job failed, from the other jobs and the broker: what to look at first.
-- $1 job
with job as (
    select
        f.*,
        coalesce(nullif(btrim(f.queue::text), ''), '(eager)') as queue_name,
        coalesce(nullif(btrim(f.exception_class::text), ''), nullif(btrim(f.error_type::text), ''), '')
            as error,
        -- the line that says what happened: the first of the message, or the last of a traceback
        case when ltrim(left(f.error_message::text, 1000), E' \t\r\n') like 'Traceback (most recent call%'
            then (regexp_match(right(f.error_message::text, 8000), '.*\n([^[:space:]][^\n]*)'))[1]
            else split_part(ltrim(left(f.error_message::text, 8000), E' \t\r\n'), E'\n', 1)
        end as line
    from {table:failed_jobs} f
    where {has_id:f.id = $1::uuid}
),
-- failures of the last hour that have something in common with this one
recent as materialized (
    select
        f.worker::text as worker,
        coalesce(f.exception_class::text, f.error_type::text) is not distinct from
            coalesce(j.exception_class::text, j.error_type::text) as same_error,
        f.queue::text is not distinct from j.queue::text as same_queue,
        f.tenant_id is not distinct from j.tenant_id as same_tenant
    from {table:failed_jobs} f
    cross join job j
    where f.failed_at > now() - interval '1 hour' and f.failed_at <= now()
),
counted as (
    select
        count(*) filter (where r.worker = j.worker::text) as by_worker,
        count(*) filter (where r.worker <> j.worker::text) as by_others,
        count(*) filter (where r.same_error) as same,
        count(distinct r.worker) filter (where r.same_error) as same_workers,
        count(*) filter (where r.same_error and r.same_tenant) as same_tenant
    from job j
    left join recent r on true
),
told as (
    select
        c.*,
        c.by_worker >= greatest({setting:worker_failures_per_hour} / 2, 3)
            and c.by_worker > 2 * c.by_others as by_one_worker,
        j.tenant_id is not null and c.same >= 3 and c.same_tenant = c.same
            and not row_security_active('{table:failed_jobs}'::regclass) as by_one_tenant
    from counted c
    cross join job j
),
depth as (
    -- the broker leaves the time empty while a message waits
    select
        count(*) as n,
        case when bool_and(coalesce(m.timestamp <= now() + interval '1 minute' and isfinite(m.timestamp), false))
            then min(m.timestamp) end::timestamptz as oldest
    from job j
    join {table:kombu_queue} q on q.name::text = j.queue_name
    join {table:kombu_message} m on m.queue_id = q.id and m.visible
),
hints as (
    select 10 as place, 'warning' as severity, format(
        '%s failed %s jobs in the last hour, all others together %s: look at that worker first',
        j.worker, t.by_worker, t.by_others) as text
    from job j cross join told t
    where t.by_one_worker
    union all
    select 20, 'warning', format(
        '%s jobs failed with this error in the last hour, on %s workers: what they all use is at fault, not a worker',
        t.same, t.same_workers)
    from told t
    -- not where one worker or one tenant stands out: then that is what to look at
    where t.same >= 5 and t.same_workers > 1 and not t.by_one_worker and not t.by_one_tenant
    union all
    select 25, 'info', format(
        'all %s failures of the last hour with this error are this tenant''s: look at its data', t.same)
    from job j cross join told t
    where t.by_one_tenant
    union all
    select 5, 'bad', case
        when j.error ~* 'NotRegistered' then
            'the worker does not know this task: it runs other code than who sent it; deploy the workers, then send it again'
        when j.error ~* 'WorkerLost' then
            'the process that ran it was killed: look for the out-of-memory killer on the worker''s host'
        when j.error ~* 'TimeLimitExceeded' then
            'it ran into its time limit: find out what it waited for before the limit is raised'
        when j.error ~* 'MaxRetriesExceeded' then
            'it gave up after its last retry: the first error is further up in the traceback'
        when j.error ~* '(ContentDisallowed|DecodeError|EncodeError|UnpickleableException)' then
            'its message could not be read: sender and worker disagree on the serializer'
        when j.error ~* '(RateLimit|TooManyRequests)' then
            'the other side asks for fewer requests: wait, or set the task''s rate_limit, before anything is sent again'
        when j.error ~* '(TokenExpired|Unauthorized|Authentication|PermissionError|PermissionDenied)' then
            'it was not let in: what it signs in with has expired or lacks a right; until that is mended it fails again'
        when j.line ~* '\mdeadlock\M' then
            'it lost a deadlock: sent again it can pass; if that happens often, let all jobs lock in one order'
        when j.error ~* '(ConnectionError|ConnectionRefused|ConnectTimeout|ConnectionTimeout|ReadTimeout|Disconnected)'
            or (j.error ~* 'OperationalError'
                and j.line ~* '\m(refused|reset|timed out|timeout|closed|lost|could not (connect|translate)|no route|unreachable|starting up|shutting down)\M') then
            'something it connects to was not there: see that it is back, then send the job again'
        when j.error ~* '(ValidationError|KeyError|TypeError|AttributeError)' then
            'its arguments or the code are at fault: it will fail the same way until one of them is changed'
    end
    from job j
    union all
    select 30, case when d.n >= 100 then 'warning' else 'info' end, format(
        '%s messages wait in %s, %s: what is sent again waits behind them',
        d.n, j.queue_name,
        case when d.oldest is null then 'since when is not known'
            else format('the oldest for %s min', floor(extract(epoch from now() - d.oldest) / 60)) end)
    from job j cross join depth d
    where d.n >= 10 or d.oldest < now() - interval '1 minute'
    union all
    select 35, 'info',
        'it ran without a queue (eager): it failed within the program that called it; look into that program''s log'
    from job j
    where coalesce(btrim(j.queue::text), '') = ''
    union all
    select 38, 'info', format('it ran on %s; its traceback is in the snapshot', j.worker)
    from job j
    where btrim(j.worker::text) <> '' and btrim(j.traceback::text) <> ''
    union all
    select 40, 'info', format('it was retried %s times, the last time at %s UTC', j.retry_count,
        to_char(j.last_retry_at::timestamptz at time zone 'UTC', 'YYYY-MM-DD HH24:MI'))
    from job j
    where j.retry_count > 0 and isfinite(j.last_retry_at)
    union all
    select 50, 'info', format(
        'row-level security is on: only jobs of %s and those without a tenant are seen; others may fail the same way',
        coalesce('tenant ' || nullif(current_setting('app.current_tenant_id', true), ''), 'no tenant'))
    where row_security_active('{table:failed_jobs}'::regclass)
)
select text, severity
from hints
where text is not null
order by place
limit 6
