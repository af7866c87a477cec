-- Dates the log of the templates back as well; it is append-only while its trigger is there.
-- No parameters.
update dlqtop.operator_log set at = at - interval '40 days' where action = 'apply_template'
