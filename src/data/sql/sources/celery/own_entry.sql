-- Claims a failed job: sets it to in_progress and notes by whom and when.
-- $1 job   $2 expected version   $3 actor   $4 reason   $5 batch   $6 minutes, which are
-- ignored   $7 whether to take over someone else's claim
with found as materialized (
    select
        f.id,
        {part:label} as label,
        f.status::text as status,
        f.remediation_notes::text as notes,
        (hashtextextended(row(
            f.status::text, f.remediation_notes::text, extract(epoch from f.resolved_at),
            f.retry_count, extract(epoch from f.last_retry_at))::text, 0) & 2147483647)::int as version
    from {table:failed_jobs} f
    where {has_id:f.id = $1::uuid}
    for update
),
verdict as materialized (
    select
        f.id, f.label, f.status, f.notes, 'in_progress' as wanted,
        case
            when btrim($3::text) = '' or btrim($4::text) = '' then 'refused'
            when f.version <> $2::int then 'changed'
            when f.label = 'pending' or (f.label = 'in_progress' and $7::boolean) then 'done'
            else 'changed'
        end as outcome
    from found f
),
changed as (
    update {table:failed_jobs} f
    -- the column may be a text or an enum
    set status = (jsonb_populate_record(
            null::{table:failed_jobs}, jsonb_build_object('status', v.spelt))).status,
        remediation_notes = concat_ws(E'\n', nullif(btrim(f.remediation_notes::text, E' \t\r\n'), ''), format(
            '[%s UTC] %s: took it up: %s',
            to_char(clock_timestamp() at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS'),
            left(replace(regexp_replace($3::text, '\s+', ' ', 'g'), ': ', ':'), 120),
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
        when v.outcome = 'refused' then 'a name and a reason are needed'
        when v.outcome = 'done' then 'in_progress'
        else v.label
    end as now_state,
    {part:changed_by}
{part:verdict_rows}
