-- Open failed jobs after a given one, by priority. Claimed jobs come later.
-- $1 row limit   $2, $3 the previous row: its priority as an instant, its job
-- $4 snoozed jobs   $5 whether to list only those, or only the others
with page as materialized (
    select f.*, named.*, p.priority_base, p.priority_instant
    from {table:failed_jobs} f
    cross join lateral (
        select
            {part:label} as label,
            left(coalesce(
                nullif(btrim(f.error_type::text), ''),
                nullif(substring(f.exception_class::text from '[^.]+$'), ''),
                'unknown'), 100) as reason,
            f.failed_at::timestamptz as since,
            {setting:priority}::jsonb as bases
        offset 0
    ) named
    cross join lateral (
        select case
            when named.label = 'in_progress' then 10
            when jsonb_typeof(bases -> reason) = 'number'
                then least(greatest((bases ->> reason)::float8, 0), 1e6)
            when jsonb_typeof(bases -> f.exception_class::text) = 'number'
                then least(greatest((bases ->> f.exception_class::text)::float8, 0), 1e6)
            else 100
        end::float8 as base
        offset 0
    ) b
    cross join lateral (
        select
            b.base as priority_base,
            case when named.since between '0010-01-01 00:00+00' and '9999-12-30 00:00+00'
                then named.since - b.base * interval '1 minute'
                else coalesce(named.since, 'infinity')
            end as priority_instant
        offset 0
    ) p
    where {part:open_job}
      and ({id:f.id} = any($4::uuid[])) = $5::boolean
      and (p.priority_instant, {id:f.id}) > ($2::timestamptz, $3::uuid)
    order by p.priority_instant, {id:f.id}
    limit $1::bigint
),
closed as (
    select f.task_id::text as task_id, count(*) as entries
    from {table:failed_jobs} f
    where f.task_id::text in (select q.task_id::text from page q) and {part:closed_job}
    group by 1
)
select
    {id:q.id} as dlq_entry_uuid,
    {id:q.id} as task_uuid,
    'failed' as original_state,
    q.reason as dlq_reason,
    coalesce(at.instant, 'epoch') as dlq_timestamp,
    coalesce(age.minutes, 0) as minutes_in_dlq,
    coalesce(nullif(btrim(q.queue::text), ''), '(eager)') as namespace_name,
    coalesce(q.task_name::text, 'unknown') as task_name,
    q.label as current_state,
    coalesce(age.minutes, 0) as time_in_state_minutes,
    q.priority_base,
    greatest(coalesce(age.minutes, 0), 0) as priority_age,
    q.priority_base + greatest(coalesce(age.minutes, 0), 0) as priority_score,
    q.priority_instant,
    -- the owner is in the notes, if they were written in the format of this program
    case when q.label = 'in_progress' then coalesce(
        (regexp_match(
            right(q.remediation_notes::text, 20000),
            '.*(?:^|\n)\[[-0-9: ]+ UTC\] ((?:[^\n:]|:(?! ))+): took it up'))[1],
        'somebody')
    end as owner,
    null::timestamptz as owned_until,
    null::timestamptz as snoozed_until,
    null::text as step_name,
    null::uuid as workflow_step_uuid,
    null::text as step_state,
    case when q.retry_count between -2147483648 and 2147483647 then q.retry_count::int end as attempts,
    null::int as max_attempts,
    told.error as current_error,
    coalesce(c.entries, 0) as earlier_entries,
    case when btrim(q.remediation_notes::text, E' \t\r\n') <> '' then cardinality(regexp_split_to_array(
        left(q.remediation_notes::text, 20000),
        '\n(?=\[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC\] )'))
    else 0 end::bigint as notes,
    (hashtextextended(row(
        q.status::text, q.remediation_notes::text, extract(epoch from q.resolved_at),
        q.retry_count, extract(epoch from q.last_retry_at))::text, 0) & 2147483647)::int as version
from page q
left join closed c on c.task_id = q.task_id::text
cross join lateral (
    select case when q.since between '0001-01-02 00:00+00' and '9999-12-30 00:00+00'
        then q.since end as instant
) at
cross join lateral (select extract(epoch from now() - at.instant)::float8 / 60 as minutes) age
cross join lateral (select q.exception_class, q.error_message, q.traceback) job
{part:job_error}
order by q.priority_instant, {id:q.id}
