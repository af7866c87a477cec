-- The exact number of dead letters. An index on failed and dead tasks saves reading the rest of the table.
select count(*) as rows, false as is_estimate
from {part:dead_tasks} given_up
