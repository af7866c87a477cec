-- Changes how often a step may be attempted and how long an attempt may take.
-- $1 step   $2 expected state   $3 actor   $4 reason   $5 batch
-- $6 attempts   $7 seconds, 0 for no timeout; null keeps the current value
select outcome, now_state, changed_by, dlqtop.sane_instant(changed_at) as changed_at
from dlqtop.set_step_limits($1::uuid, $2::text, $3::text, $4::text, $6::int, $7::int, $5::uuid)
