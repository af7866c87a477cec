-- Collects the planner's statistics. Without them snapshots and views read whole tables until autovacuum runs,
-- a minute later.
-- No parameters.
analyze public.tasker_task_namespaces, public.tasker_named_tasks, public.tasker_tasks, public.tasker_workflow_steps,
    public.tasker_workflow_step_edges, public.tasker_task_transitions, public.tasker_workflow_step_transitions,
    public.tasker_tasks_dlq, public.tasker_workers, dlqtop.settings, dlqtop.operator_log, dlqtop.sweeps
