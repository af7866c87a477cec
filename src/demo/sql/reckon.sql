-- What the triggers would have kept, had they not been set aside.
select dlqtop.rebuild_deadlines(), dlqtop.rebuild_tallies()
