-- Collects the planner's statistics. Without them snapshots and views read whole tables until autovacuum runs,
-- a minute later.
-- No parameters.
analyze tasker_task_namespaces, tasker_named_tasks, tasker_tasks, tasker_workflow_steps,
    tasker_workflow_step_edges, tasker_task_transitions, tasker_workflow_step_transitions,
    tasker_tasks_dlq, tasker_workers, dlqtop.settings, dlqtop.operator_log, dlqtop.sweeps
