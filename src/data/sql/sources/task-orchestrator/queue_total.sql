-- The exact number of dead letters. An index on failed and dead tasks saves reading the rest of the table.
select count(*) as rows, false as is_estimate
from {table:tasks}
where status in ('failed', 'dead_letter')
