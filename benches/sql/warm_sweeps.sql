-- Discovers all stale tasks with both formulations and changes nothing.
-- $1 more tasks than there are
select
    (select count(*) from plain.detect_and_transition_stale_tasks(true, $1::int)),
    (select count(*) from dlqtop.detect_and_transition_stale_tasks(true, $1::int, 'bench', '{}'))
