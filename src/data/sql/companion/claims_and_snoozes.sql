-- The claimed and the snoozed entries with who and until when; what ends first comes first.
-- $1 source   $2 row limit
select entry, who, until, is_aside
from (
    select entry, owner as who, expires_at as until, false as is_aside
    from dlqtop.claims
    where source = $1::text and expires_at > now()
    union all
    select entry, snoozed_by, dlqtop.snoozes.until, true
    from dlqtop.snoozes
    where source = $1::text and dlqtop.snoozes.until > now()
) held
order by held.until, entry
limit $2::bigint
