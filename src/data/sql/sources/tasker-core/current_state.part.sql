-- `tr` (to_state, since): the current state of task `t`. One lookup for each task, because the cost of reading
-- the states of all tasks grows with the done ones.
cross join lateral (
    select p.to_state, p.created_at as since
    from {table:task_transitions} p
    where p.task_uuid = t.task_uuid and p.most_recent
    offset 0
) tr
