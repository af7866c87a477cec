-- The orchestrator's pass.
-- $1 text: processor, $2 int: task limit
select dlqtop.advance_tasks($1::text, $2::int)
