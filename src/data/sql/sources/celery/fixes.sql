-- How the last failed jobs of one task were closed, newest first.
-- $1 queue   $2 task   $3 search limit   $4 row limit
with latest as materialized (
    select f.*
    from {table:failed_jobs} f
    where f.status::text in ('resolved', 'abandoned')
    order by f.resolved_at desc nulls last
    limit $3::bigint
)
select
    f.id as dlq_entry_uuid,
    f.id as task_uuid,
    left(coalesce(
        nullif(btrim(f.error_type::text), ''),
        nullif(substring(f.exception_class::text from '[^.]+$'), ''),
        'unknown'), 100) as dlq_reason,
    case f.status::text when 'resolved' then 'manually_resolved' else 'permanently_failed' end
        as resolution_status,
    case when f.resolved_at between '0001-01-02 00:00+00' and '9999-12-30 00:00+00'
        then f.resolved_at end as resolution_timestamp,
    left(coalesce(said.parts[2], f.remediation_notes::text), 500) as resolution_notes,
    said.parts[1] as resolved_by,
    null::text as step_name,
    left(case
        when named.class <> coalesce(nullif(btrim(f.error_type::text), ''), named.class)
             and left(line.text, length(named.class)) is distinct from named.class
            then concat_ws(': ', named.class, nullif(line.text, ''))
        else coalesce(nullif(line.text, ''), named.class)
    end, 500) as error
from latest f
cross join lateral (
    select nullif(substring(f.exception_class::text from '[^.]+$'), '') as class
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
cross join lateral (
    select regexp_match(
        right(f.remediation_notes::text, 20000),
        '.*(?:^|\n)\[[-0-9: ]+ UTC\] ((?:[^\n:]|:(?! ))+): (?:resolved|abandoned): (.*)$') as parts
    offset 0
) said
where coalesce(nullif(btrim(f.queue::text), ''), '(eager)') = $1::text
  and coalesce(f.task_name::text, 'unknown') = $2::text
order by f.resolved_at desc nulls last, f.id
limit $4::bigint
