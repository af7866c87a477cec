-- The history of a failed job, newest first: when it failed, when it was last retried, and who claimed it
-- according to its notes.
-- $1 job   $2 row limit
with job as (
    select f.*, {part:label} as known_label, {part:open_job} as is_open
    from {table:failed_jobs} f
    where {has_id:f.id = $1::uuid}
),
blocks as materialized (
    select
        t.place,
        regexp_match(
            t.block,
            '^\[(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d) UTC\] ((?:[^\n:]|:(?! ))+): (took it up|resolved|abandoned)(?:: (.*))?$')
            as parts
    from job j
    cross join lateral regexp_split_to_table(
        right(j.remediation_notes::text, 200000),
        '\n(?=\[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC\] )') with ordinality t (block, place)
),
noted as materialized (
    select
        b.place,
        case when left(b.parts[1], 4) > '0000' and substr(b.parts[1], 6, 2) between '01' and '12'
            then (make_date(left(b.parts[1], 4)::int, substr(b.parts[1], 6, 2)::int, 1)
                  + (substr(b.parts[1], 9, 2)::int - 1))::timestamp at time zone 'UTC'
                 + make_interval(hours => substr(b.parts[1], 12, 2)::int,
                                 mins => substr(b.parts[1], 15, 2)::int,
                                 secs => right(b.parts[1], 2)::int)
        end as at,
        b.parts[2] as author,
        b.parts[3] as what,
        b.parts[4] as why
    from blocks b
    where b.parts is not null
),
-- the note that closed the job, if it is closed
closing as (
    select n.* from noted n
    join job j on j.known_label = n.what
    order by n.place desc
    limit 1
),
steps as (
    select
        j.failed_at::timestamptz as at, 1 as place, null::text as from_state, 'failed' as to_state,
        j.worker::text as processor,
        coalesce(told.error, j.error_type::text) as reason
    from job j
    cross join lateral (select j.exception_class, j.error_message, j.traceback) job
    {part:job_error}
    union all
    select
        j.last_retry_at, 0, null, 'retried', j.worker::text,
        case when j.retry_count > 0 then format('the last of %s times', j.retry_count) end
    from job j
    where j.last_retry_at is not null
    union all
    select n.at, 3, 'pending', 'in_progress', n.author, n.why
    from noted n
    where n.what = 'took it up'
    union all
    select
        coalesce(j.resolved_at, c.at), 4,
        case when exists (select from noted n where n.what = 'took it up')
            then 'in_progress' else 'pending' end,
        j.known_label, c.author, c.why
    from job j
    left join closing c on true
    where not j.is_open
)
select
    coalesce(case when s.at between '0001-01-02 00:00+00' and '9999-12-30 00:00+00' then s.at end,
             'epoch') as created_at,
    null::text as step_name,
    s.from_state,
    s.to_state,
    s.processor,
    {error:s.reason} as reason
from steps s
order by s.at desc nulls last, s.place desc, s.to_state
limit $2::bigint
