-- A worker has failed at a step.
-- $1 uuid: step, $2 text: worker, $3 text: error, $4 boolean: whether another attempt
-- may pass, $5 int: its claim
select dlqtop.fail_step($1::uuid, $2::text, $3::text, $4::boolean, $5::int)
