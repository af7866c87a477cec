-- Looks ids up: a row for each known id. A failed job is its own entry; the id of a Celery task means its open
-- failed job, if there is one.
-- $1 ids
with asked as (
    select id, place from unnest($1::uuid[]) with ordinality a (id, place)
),
found as (
    select a.id, a.place, 'entry' as kind, 1 as rank, f.id as job
    from asked a
    join {table:failed_jobs} f on {has_id:f.id = a.id}
    union all
    select a.id, a.place, 'task', 2, (
        select f.id from {table:failed_jobs} f
        where f.task_id::text = a.id::text
        order by {part:open_job} desc,
                 f.failed_at desc nulls last, f.id
        limit 1)
    from asked a
    union all
    select a.id, a.place, 'correlation', 3, f.id
    from asked a
    join {table:failed_jobs} f on f.correlation_id::text = a.id::text
)
select
    n.id,
    n.kind,
    {id:f.id} as task_uuid,
    coalesce(nullif(btrim(f.queue::text), ''), '(eager)') as namespace_name,
    coalesce(f.task_name::text, 'unknown') as task_name,
    {part:label} as current_state,
    {id:f.id} as dlq_entry_uuid,
    left(coalesce(
        nullif(btrim(f.error_type::text), ''),
        nullif(substring(f.exception_class::text from '[^.]+$'), ''),
        'unknown'), 100) as dlq_reason,
    case {part:label}
        when 'resolved' then 'manually_resolved'
        when 'abandoned' then 'permanently_failed'
        else 'pending'
    end as resolution_status,
    case when {part:closed_job} then (regexp_match(
        right(f.remediation_notes::text, 20000),
        '.*(?:^|\n)\[[-0-9: ]+ UTC\] ((?:[^\n:]|:(?! ))+): (?:resolved|abandoned): '))[1]
    end as resolved_by,
    (hashtextextended(row(
        f.status::text, f.remediation_notes::text, extract(epoch from f.resolved_at),
        f.retry_count, extract(epoch from f.last_retry_at))::text, 0) & 2147483647)::int as version
from found n
join {table:failed_jobs} f on f.id = n.job
order by n.place, n.rank, f.failed_at desc nulls last, f.id
