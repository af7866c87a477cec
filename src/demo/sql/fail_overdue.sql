-- Fails steps whose worker is past the step's timeout.
-- $1 text: processor, $2 int: step limit
select dlqtop.fail_overdue_steps($1::text, $2::int)
