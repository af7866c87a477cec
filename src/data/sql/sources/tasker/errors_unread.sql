-- Entries that have changed since their fingerprint was stored, the newest change first, with the group in which
-- they are counted, and what they are now; without a reason if they are closed.
-- $1 rules   $2 row limit
select
    entry as dlq_entry_uuid,
    counted_in,
    namespace_name,
    task_name,
    step_name,
    dlq_reason,
    current_error,
    dlqtop.sane_instant(opened_at) as dlq_timestamp
from dlqtop.unread_errors($1::text, $2::bigint::int)
