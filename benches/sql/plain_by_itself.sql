-- The plain discovery with the plan that the planner chooses.
alter function plain.get_stale_tasks_for_dlq(int, int, int, int, int) reset enable_indexscan
