-- The remediation notes of a failed job, oldest first. They are one text: a block that starts with a date and a
-- name, as this program writes it, is a note; other text counts as one note without an author, as old as the
-- failure.
-- $1 job   $2 row limit
with blocks as (
    select f.id, f.failed_at, t.block, t.place
    from {table:failed_jobs} f
    cross join lateral regexp_split_to_table(
        left(f.remediation_notes::text, 200000),
        '\n(?=\[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC\] )') with ordinality t (block, place)
    where {has_id:f.id = $1::uuid} and btrim(t.block, E' \t\r\n') <> ''
),
parsed as materialized (
    select
        b.*,
        regexp_match(
            b.block,
            '^\[(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d) UTC\] ((?:[^\n:]|:(?! ))+): (.*)$') as parts
    from blocks b
)
select
    {id:p.id} as dlq_entry_uuid,
    coalesce(p.parts[2], 'somebody') as author,
    coalesce(
        case when left(p.parts[1], 4) > '0000' and substr(p.parts[1], 6, 2) between '01' and '12'
            then (make_date(left(p.parts[1], 4)::int, substr(p.parts[1], 6, 2)::int, 1)
                  + (substr(p.parts[1], 9, 2)::int - 1))::timestamp at time zone 'UTC'
                 + make_interval(hours => substr(p.parts[1], 12, 2)::int,
                                 mins => substr(p.parts[1], 15, 2)::int,
                                 secs => right(p.parts[1], 2)::int)
        end,
        case when p.failed_at between '0001-01-02 00:00+00' and '9999-12-30 00:00+00'
            then p.failed_at end::timestamptz,
        'epoch') as at,
    left(coalesce(regexp_replace(p.parts[3], '\n  ', E'\n', 'g'), p.block), 4096) as body
from parsed p
order by p.place
limit $2::bigint
