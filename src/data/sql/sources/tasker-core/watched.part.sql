-- Whether task `t` in state `tr` (to_state, since) is one to watch: it can become stale, or it is stuck. Tasker's sweep
-- never takes a task that is blocked by failures or in error, and opens no entry for it. Once an entry for it is
-- open, it is in the queue; once one was closed since, it is no longer stuck.
(tr.to_state in ('waiting_for_dependencies', 'waiting_for_retry', 'steps_in_process')
 or (tr.to_state in ('blocked_by_failures', 'error') and not exists (
     select
     from {table:tasks_dlq} known
     where known.task_uuid = t.task_uuid
       and (known.resolution_status = 'pending'
            or coalesce(known.resolution_timestamp, known.updated_at) >= tr.since))))
