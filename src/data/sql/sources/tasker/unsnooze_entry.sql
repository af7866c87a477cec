-- Ends the snooze of an entry.
-- $1 entry   $2 expected version   $3 actor   $4 reason   $5 batch
select outcome, now_state, changed_by, dlqtop.sane_instant(changed_at) as changed_at
from dlqtop.unsnooze_entry($1::uuid, $2::int, $3::text, $4::text, $5::uuid)
