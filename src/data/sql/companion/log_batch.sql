-- The lines of the operator log of one batch, oldest first.
-- $1 source   $2 batch   $3 the tenant whose lines are seen, and those that belong to none; null for all
select
    log_id,
    at,
    actor,
    database_user,
    action,
    subject,
    subject_uuid,
    task_uuid,
    entry,
    left(reason, 4000) as reason,
    incident,
    batch,
    before,
    after,
    outcome
from dlqtop.operator_log
where source = $1::text and batch = $2::uuid
  and ($3::text is null or tenant in ($3::text, ''))
order by log_id
