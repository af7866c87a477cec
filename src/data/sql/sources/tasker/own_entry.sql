-- Claims an entry for a number of minutes.
-- $1 entry   $2 expected version   $3 actor   $4 reason   $5 batch   $6 minutes
-- $7 whether to take over someone else's claim
select outcome, now_state, changed_by, dlqtop.sane_instant(changed_at) as changed_at
from dlqtop.own_entry($1::uuid, $2::int, $3::text, $4::text, $6::int, $5::uuid, $7::boolean)
