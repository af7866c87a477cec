-- The job's error, and the errors of the most urgent open jobs of the same task and queue. Only $2 jobs are
-- searched, so the cost does not grow with their number.
-- $1 job   $2 search limit
with open_jobs as (
    select
        f.id,
        coalesce(nullif(btrim(f.queue::text), ''), '(eager)') as queue,
        coalesce(f.task_name::text, 'unknown') as task_name,
        f.failed_at,
        left(case
            when named.class <> named.reason
                 and left(line.text, length(named.class)) is distinct from named.class
                then concat_ws(': ', named.class, nullif(line.text, ''))
            else coalesce(nullif(line.text, ''), named.class)
        end, 500) as error
    from {table:failed_jobs} f
    cross join lateral (
        select
            nullif(substring(f.exception_class::text from '[^.]+$'), '') as class,
            left(coalesce(
                nullif(btrim(f.error_type::text), ''),
                nullif(substring(f.exception_class::text from '[^.]+$'), ''),
                'unknown'), 100) as reason
    ) named
    cross join lateral (
        select case
            when ltrim(f.error_message::text, E' \t\r\n') like 'Traceback (most recent call%'
                then (regexp_match(right(f.error_message::text, 8000), '.*\n([^[:space:]][^\n]*)'))[1]
            else coalesce(
                nullif(split_part(ltrim(left(f.error_message::text, 8000), E' \t\r\n'), E'\n', 1), ''),
                (regexp_match(right(f.traceback::text, 8000), '.*\n([^[:space:]][^\n]*)'))[1])
        end as text
    ) line
    where f.status is null or f.status::text in ('pending', 'in_progress')
),
mine as (
    select queue, task_name, error from open_jobs where id = $1::uuid
),
urgent as (
    select o.id, o.queue, o.task_name, o.error
    from open_jobs o
    order by o.failed_at nulls last, o.id
    limit $2::bigint
)
select
    mine.error as mine,
    urgent.error as other,
    (select count(*) >= $2::bigint from urgent) as at_least
from mine
join urgent on urgent.queue = mine.queue and urgent.task_name = mine.task_name
where urgent.id <> $1::uuid
