-- How many rows each pane has to show.
-- No parameters.
select 'resolved', count(*) from tasker_tasks_dlq where resolution_status <> 'pending'
union all select 'owned', count(*) from v_dlq_investigation_queue where owner is not null
union all select 'snoozed', count(*) from v_dlq_investigation_queue
          where snoozed_until is not null
union all select 'annotated', count(*) from v_dlq_investigation_queue where notes > 0
union all select 'relapsed', count(*) from v_dlq_investigation_queue
          where earlier_entries > 0
union all select 'in error', count(*) from v_dlq_investigation_queue
          where step_state in ('error', 'waiting_for_retry') and current_error is not null
union all select 'log', count(*) from dlqtop.operator_log
union all select 'sweeps', count(*) from dlqtop.sweeps
union all select 'workers', count(*) from tasker_workers
union all select 'warnings', count(*) from v_template_lifecycle where warnings <> '{}'
union all select 'archive ' || archive_table, row_count from v_archive_statistics
union all select 'lately', count(*) from tasker_tasks_dlq
          where resolution_timestamp > now() - interval '3 hours'
