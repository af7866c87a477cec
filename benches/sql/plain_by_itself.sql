-- The plain discovery as the planner likes it.
alter function plain.get_stale_tasks_for_dlq(int, int, int, int, int) reset enable_indexscan
