-- A new task.
-- $1 text: namespace, $2 text: template, $3 jsonb: context, $4 int: priority, $5 text: initiator
select dlqtop.create_task($1::text, $2::text, $3::jsonb, $4::int, $5::text)
