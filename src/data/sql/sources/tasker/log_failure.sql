-- Logs an act that the database refused: who tried what on which subject, why, and the reason of the refusal.
-- $1 actor   $2 action   $3 subject's name   $4 subject   $5 reason   $6 batch   $7 outcome
select from dlqtop.log_refused_act(
    $1::text, $2::text, $3::text, $4::uuid, $5::text, $6::uuid, $7::text)
