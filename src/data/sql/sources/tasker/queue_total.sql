-- How many investigations are open: kept as a tally, so never an estimate.
select coalesce(sum(entries), 0)::bigint as rows, false as is_estimate
from v_dlq_counts
where resolution_status = 'pending'
