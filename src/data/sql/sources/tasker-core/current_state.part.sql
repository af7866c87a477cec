-- `tr` (to_state, since): the current state of task `t`. One lookup a task, because reading the states of all
-- tasks would cost more with every task that is done.
cross join lateral (
    select p.to_state, p.created_at as since
    from {table:task_transitions} p
    where p.task_uuid = t.task_uuid and p.most_recent
    offset 0
) tr
