-- A worker has completed a step.
-- $1 uuid: step, $2 text: worker, $3 jsonb: results, $4 int: its claim
select dlqtop.finish_step($1::uuid, $2::text, $3::jsonb, $4::int)
