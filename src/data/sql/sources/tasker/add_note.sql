-- Adds a note to an entry.
-- $1 entry   $2 actor   $3 note   $4 batch
select outcome, now_state, changed_by, dlqtop.sane_instant(changed_at) as changed_at
from dlqtop.add_investigation_note($1::uuid, $2::text, $3::text, $4::uuid)
