-- Discovers one batch with the plain function, and does nothing with it.
select count(*) from plain.detect_and_transition_stale_tasks(true, 100)
