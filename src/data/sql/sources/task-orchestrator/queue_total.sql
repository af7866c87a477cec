-- How many dead letters there are: counted, so never an estimate. An index on the failed and dead ones
-- spares the rest of the table.
select count(*) as rows, false as is_estimate
from {table:tasks}
where status in ('failed', 'dead_letter')
