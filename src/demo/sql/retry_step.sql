-- An operator retries a step.
-- $1 uuid: step, $2 text: expected state, $3 text: actor, $4 text: reason
select outcome from public.reset_for_retry($1::uuid, $2::text, $3::text, $4::text)
