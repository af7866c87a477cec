-- `present`: the current transition of task $1, and who made it (changed_by). Like the state machine's own
-- writes, this locks it, so that the second of two operators finds it gone.
present as materialized (
    select
        tr.*,
        coalesce(tr.transition_metadata ->> 'reset_by', tr.transition_metadata ->> 'cancelled_by',
                 tr.processor_uuid::text) as changed_by
    from {table:task_transitions} tr
    where tr.task_uuid = $1::uuid and tr.most_recent
    for update
)
