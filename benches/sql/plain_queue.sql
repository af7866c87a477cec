-- One screen of the plain queue.
select dlq_entry_uuid, task_uuid, original_state, dlq_reason::text as dlq_reason, dlq_timestamp,
       minutes_in_dlq, namespace_name, task_name, current_state, time_in_state_minutes,
       priority_score
from plain.v_dlq_investigation_queue
limit 500
