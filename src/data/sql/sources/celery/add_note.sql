-- Adds a note below the existing ones. A note that is sent again by the same person, because the answer was
-- lost, is not written twice.
-- $1 job   $2 actor   $3 note   $4 batch
with found as materialized (
    select f.id, {part:label} as label, f.remediation_notes::text as notes
    from {table:failed_jobs} f
    where {has_id:f.id = $1::uuid}
    for update
),
verdict as materialized (
    select
        f.id,
        f.label,
        case
            when btrim($2::text) = '' or btrim($3::text) = '' then 'refused'
            when right(f.notes, length(said.line)) = said.line then 'there'
            else 'done'
        end as outcome,
        said.line
    from found f
    cross join lateral (
        select format(
            ' UTC] %s: %s',
            left(replace(regexp_replace($2::text, '\s+', ' ', 'g'), ': ', ':'), 120),
            replace(btrim($3::text, E' \t\r\n'), E'\n', E'\n  ')) as line
    ) said
),
noted as (
    update {table:failed_jobs} f
    set remediation_notes = concat_ws(
            E'\n',
            nullif(btrim(f.remediation_notes::text, E' \t\r\n'), ''),
            format('[%s%s', to_char(clock_timestamp() at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS'), v.line))
    from verdict v
    where f.id = v.id and v.outcome = 'done'
    returning f.id
)
select
    case
        when v.outcome = 'there' or n.id is not null then 'done'
        else 'refused'
    end as outcome,
    case
        when v.outcome = 'there' or n.id is not null then v.label
        when v.outcome = 'refused' then 'a name and a text are needed'
        else 'there is no such failed job that this role may change'
    end as now_state,
    null::text as changed_by,
    null::timestamptz as changed_at
from (values (1)) one
left join verdict v on true
left join noted n on true
