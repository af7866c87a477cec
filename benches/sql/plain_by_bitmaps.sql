-- The plain discovery without index scans.
alter function plain.get_stale_tasks_for_dlq(int, int, int, int, int)
    set enable_indexscan = off
