-- One transition, as the schema keeps it.
-- $1 task   $2 from   $3 to
select transition_task($1::uuid, $2::text, $3::text, 'bench')
