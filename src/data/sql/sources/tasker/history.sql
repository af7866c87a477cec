-- State changes of a task and of its steps, newest first.
-- $1 task   $2 row limit
select
    coalesce(dlqtop.sane_instant(created_at), 'epoch') as created_at,
    step_name,
    from_state,
    to_state,
    processor,
    left(reason, 500) as reason
from public.v_task_history
where task_uuid = $1::uuid
order by v_task_history.created_at desc, sort_key desc, step_name
limit $2::bigint
