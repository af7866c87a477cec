-- Closes an investigation.
-- $1 entry   $2 version it must still have   $3 actor   $4 notes   $5 batch   $6 resolution
select outcome, now_state, changed_by, sane_instant(changed_at) as changed_at
from update_investigation($1::uuid, $2::int, $6::text, $3::text, $4::text, '{}', $5::uuid)
