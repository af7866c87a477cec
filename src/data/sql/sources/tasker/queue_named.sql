-- These open entries, by priority.
-- $1 entries
{part:queue_rows}
where dlq_entry_uuid = any($1::uuid[])
order by priority_instant, dlq_entry_uuid
