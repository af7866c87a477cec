-- Entries by reason, with the resolution times of the latest thousand resolved entries of each.
select
    dlq_reason::text as dlq_reason,
    total_entries,
    pending,
    manually_resolved,
    permanent_failures,
    cancelled,
    dlqtop.sane_instant(oldest_entry) as oldest_entry,
    dlqtop.sane_instant(newest_entry) as newest_entry,
    avg_resolution_time_minutes,
    p50_resolution_time_minutes,
    p90_resolution_time_minutes
from public.v_dlq_recent_dashboard
order by pending desc, total_entries desc, dlq_reason
