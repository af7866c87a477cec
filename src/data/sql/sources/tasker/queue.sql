-- Open investigations behind a key, by priority. Those that are snoozed come after all of these, from
-- a statement of their own: one statement for both takes longer to plan than to run.
-- $1 how many rows   $2, $3 the priority of the row before as an instant, and its entry
{part:queue_rows}
where snoozed_until is null
  and (priority_instant, dlq_entry_uuid) > ($2::timestamptz, $3::uuid)
order by priority_instant, dlq_entry_uuid
limit $1::bigint
