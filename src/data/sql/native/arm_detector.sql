-- Lets sweeps act on this database.
-- $1 how many the first sweep may take   $2 actor   $3 reason
select from dlqtop.arm_detector($1::int, $2::text, $3::text)
