-- Keeps an act that the database refused: who tried what on what, why, and what stood in the way.
-- Nothing is kept for an actor or a reason that is blank: that was the refusal.
-- $1 actor   $2 action   $3 subject's name   $4 subject   $5 reason   $6 batch   $7 outcome
insert into dlqtop.operator_log (actor, action, subject, subject_uuid, reason, batch, outcome)
select $1::text, $2::text, $3::text, $4::uuid, $5::text, $6::uuid, left($7::text, 500)
where $1::text ~ '\S' and $5::text ~ '\S'
