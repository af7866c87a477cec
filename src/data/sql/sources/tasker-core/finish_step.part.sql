-- `flagged`: marks the step that `moved` as processed. Its results stay.
flagged as (
    update {table:workflow_steps} s
    set in_process = false,
        processed = true,
        processed_at = now() at time zone 'UTC',
        updated_at = now() at time zone 'UTC'
    from moved m
    where s.workflow_step_uuid = m.workflow_step_uuid
    returning s.workflow_step_uuid
)
