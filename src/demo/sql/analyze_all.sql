-- Collects the planner's statistics on the rows that were just added.
analyze
