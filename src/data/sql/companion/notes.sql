-- The newest notes on these entries, in order of time.
-- $1 source   $2 entries   $3 row limit
select dlq_entry_uuid, author, at, body
from (
    select entry as dlq_entry_uuid, author, at, left(body, 4096) as body, note_id
    from dlqtop.notes
    where source = $1::text and entry = any($2::uuid[])
    order by dlqtop.notes.at desc, note_id desc
    limit $3::bigint
) newest
order by at, note_id
