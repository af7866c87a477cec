-- The notes of a period, newest first.
-- $1 source   $2 period in seconds   $3 row limit
-- $4 the tenant whose notes are seen, and those that belong to none; null for all
select entry as dlq_entry_uuid, author, at, left(body, 2000) as body
from dlqtop.notes
where source = $1::text
  and ($4::text is null or tenant in ($4::text, ''))
  and dlqtop.notes.at >= now() - $2::float8 * interval '1 second'
order by dlqtop.notes.at desc, note_id desc
limit $3::bigint
