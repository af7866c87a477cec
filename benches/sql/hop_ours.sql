-- One transition with our triggers.
-- $1 task   $2 from   $3 to
select dlqtop.transition_task($1::uuid, $2::text, $3::text, 'bench')
