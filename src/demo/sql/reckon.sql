-- Calculates what the triggers would have maintained if they had been enabled.
select dlqtop.rebuild_deadlines(), dlqtop.rebuild_tallies(), dlqtop.rebuild_error_groups()
