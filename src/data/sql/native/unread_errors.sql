-- Entries whose fingerprint is to be stored, the newest change first, and the changes that this looks at.
-- $1 rules   $2 row limit
select entry, changes, namespace_name, task_name, dlq_reason, current_error
from dlqtop.unread_errors($1, $2)
