-- Puts back to work what a sweep took, a part at a time.
-- $1 sweep   $2 actor   $3 reason   $4 dry run   $5 batch   $6 the place after which to go on   $7 how many
select place, task_uuid, outcome, by_whom, now_state
from dlqtop.undo_sweep(
    $1::bigint, $2::text, $3::text, $4::boolean, $5::uuid, $6::bigint, $7::int)
