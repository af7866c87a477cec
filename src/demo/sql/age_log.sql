-- Back-dates the log of the templates, too; it is append-only while its trigger is enabled.
-- No parameters.
update dlqtop.operator_log set at = at - interval '40 days' where action = 'apply_template'
