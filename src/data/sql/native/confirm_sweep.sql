-- Lets one sweep take up to so many tasks, whatever the breaker says.
-- $1 how many   $2 actor   $3 reason
select from dlqtop.confirm_sweep($1::int, $2::text, $3::text)
