-- The entries that are snoozed, and those that are claimed.
-- $1 source
select entry, true as is_aside from dlqtop.snoozes where source = $1::text and until > now()
union all
select entry, false from dlqtop.claims where source = $1::text and expires_at > now()
