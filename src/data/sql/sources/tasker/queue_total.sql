-- The exact number of open entries, from a tally.
select coalesce(sum(entries), 0)::bigint as rows, false as is_estimate
from public.v_dlq_counts
where resolution_status = 'pending'
