-- Snoozed entries after a given one, by priority.
-- $1 row limit   $2, $3 the previous row: its priority as an instant, its entry
{part:queue_rows}
where snoozed_until is not null
  and (priority_instant, dlq_entry_uuid) > ($2::timestamptz, $3::uuid)
order by priority_instant, dlq_entry_uuid
limit $1::bigint
