-- Closes a failed job as resolved or abandoned, with a note below the existing ones.
-- $1 job   $2 expected version   $3 actor   $4 notes   $5 batch   $6 resolution
with found as materialized (
    select
        f.id,
        {part:label} as label,
        f.status::text as status,
        f.remediation_notes::text as notes,
        left(coalesce(
            nullif(btrim(f.error_type::text), ''),
            nullif(substring(f.exception_class::text from '[^.]+$'), ''),
            'unknown'), 100) as reason,
        case when isfinite(f.failed_at)
            then extract(epoch from now() - f.failed_at)::float8 / 3600 end as hours,
        case $6::text
            when 'manually_resolved' then 'resolved'
            when 'permanently_failed' then 'abandoned'
            else $6::text
        end as wanted,
        (hashtextextended(row(
            f.status::text, f.remediation_notes::text, extract(epoch from f.resolved_at),
            f.retry_count, extract(epoch from f.last_retry_at))::text, 0) & 2147483647)::int as version
    from {table:failed_jobs} f
    where {has_id:f.id = $1::uuid}
    for update
),
verdict as materialized (
    select
        f.id, f.label, f.status, f.notes, f.reason, f.hours, f.wanted,
        case
            when btrim($3::text) = '' or btrim($4::text) = '' then 'refused'
            when coalesce(f.wanted not in ('resolved', 'abandoned'), true) then 'refused'
            when f.version <> $2::int or f.label not in ('pending', 'in_progress') then 'changed'
            else 'done'
        end as outcome
    from found f
),
changed as (
    update {table:failed_jobs} f
    -- the column may be a text or an enum
    set status = (jsonb_populate_record(
            null::{table:failed_jobs}, jsonb_build_object('status', v.spelt))).status,
        resolved_at = now(),
        remediation_notes = concat_ws(E'\n', nullif(btrim(f.remediation_notes::text, E' \t\r\n'), ''), format(
            '[%s UTC] %s: %s: %s',
            to_char(clock_timestamp() at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS'),
            left(replace(regexp_replace($3::text, '\s+', ' ', 'g'), ': ', ':'), 120),
            v.wanted,
            replace(btrim($4::text, E' \t\r\n'), E'\n', E'\n  ')))
    from (
        select v.*, spelt.label as spelt
        from verdict v
        {part:spelt}
    ) v
    where f.id = v.id and v.outcome = 'done'
    returning f.id
)
select
    {part:outcome},
    case
        when v.id is null or (v.outcome = 'done' and t.id is null)
            then 'there is no such failed job that this role may change'
        when v.wanted not in ('resolved', 'abandoned')
            then 'a failed job is closed as resolved or abandoned only'
        when v.outcome = 'refused' then 'a name and a reason are needed'
        when v.outcome = 'done' then v.wanted
        else v.label
    end as now_state,
    {part:changed_by},
    v.reason as dlq_reason,
    v.hours as hours_in_dlq
{part:verdict_rows}
