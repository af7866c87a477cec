-- How many failed jobs are claimed.
-- $1 count limit
select least(count(*), $1::bigint + 1) as rows, count(*) > $1::bigint as is_estimate
from (
    select from {table:failed_jobs} f where {part:in_progress} limit $1::bigint + 1
) taken
