-- So that the planner knows what was put there.
analyze
