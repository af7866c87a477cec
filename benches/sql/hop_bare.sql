-- One transition, bare.
-- $1 task   $2 from   $3 to
select bare.transition_task($1::uuid, $2::text, $3::text, 'bench')
