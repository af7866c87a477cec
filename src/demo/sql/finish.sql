-- A worker has done a step.
-- $1 uuid: step, $2 text: worker, $3 jsonb: results
select finish_step($1::uuid, $2::text, $3::jsonb)
