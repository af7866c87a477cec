-- A worker takes the next step of its namespace, if there is one.
-- $1 text: worker, $2 text: namespace
select
    c.workflow_step_uuid,
    c.task_uuid,
    c.step_name,
    c.attempts,
    (select s.last_failure_at is not null
     from public.tasker_workflow_steps s
     where s.workflow_step_uuid = c.workflow_step_uuid) as failed_before,
    c.inputs,
    c.claim
from dlqtop.claim_step($1::text, $2::text) c
