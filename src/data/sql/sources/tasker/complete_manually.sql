-- Completes a step with this result.
-- $1 step   $2 expected state   $3 actor   $4 reason   $5 batch   $6 result
select outcome, now_state, changed_by, dlqtop.sane_instant(changed_at) as changed_at
from public.complete_manually($1::uuid, $2::text, $3::text, $4::text, $6::jsonb, $5::uuid)
