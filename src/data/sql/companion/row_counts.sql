-- How many rows `dlqtop uninstall` would delete.
select
    (select count(*) from dlqtop.notes) as notes,
    (select count(*) from dlqtop.claims where expires_at > now()) as claims,
    (select count(*) from dlqtop.snoozes where until > now()) as snoozes,
    (select count(*) from dlqtop.operator_log) as log_lines,
    (select count(*) from dlqtop.samples) as samples
