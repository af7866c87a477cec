-- One batch discovered by the plain function, and nothing done about it.
select count(*) from plain.detect_and_transition_stale_tasks(true, 100)
