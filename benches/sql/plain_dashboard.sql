-- The numbers of the header by the plain formulation.
select dlq_reason::text as dlq_reason, total_entries, pending, manually_resolved,
       permanent_failures, cancelled, oldest_entry, newest_entry, avg_resolution_time_minutes
from plain.v_dlq_dashboard
