-- Cancels a task with all its open steps.
-- $1 task   $2 expected state   $3 actor   $4 reason   $5 batch
select outcome, now_state, changed_by, dlqtop.sane_instant(changed_at) as changed_at
from dlqtop.cancel_task($1::uuid, $2::text, $3::text, $4::text, $5::uuid)
