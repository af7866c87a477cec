-- What the next sweep would take: what has waited longest comes first.
select namespace, task_name, task_version, state, dlq_reason, tasks, oldest_minutes, newest_minutes
from dlqtop.sweep_preview()
