-- How the last entries of one template were closed, newest first, with the blocking step and its error from the
-- snapshot of the time. Only the latest closed entries of all templates are searched, so the cost does not grow
-- with their number.
-- $1 namespace   $2 template   $3 search limit   $4 row limit
with latest as materialized (
    select * from public.v_dlq_closed
    order by resolution_timestamp desc
    limit $3::bigint
),
alike as materialized (
    select * from latest
    where namespace_name = $1::text and task_name = $2::text
    order by resolution_timestamp desc
    limit $4::bigint
)
select
    a.dlq_entry_uuid,
    a.task_uuid,
    a.dlq_reason::text as dlq_reason,
    a.resolution_status::text as resolution_status,
    dlqtop.sane_instant(a.resolution_timestamp) as resolution_timestamp,
    left(a.resolution_notes, 500) as resolution_notes,
    a.resolved_by,
    step.step ->> 'name' as step_name,
    {error:step.step ->> 'last_error'} as error
from alike a
join public.v_dlq_entries e using (dlq_entry_uuid)
left join lateral (
    select s.step
    from jsonb_array_elements(
        case when jsonb_typeof(e.task_snapshot -> 'steps') = 'array'
            then e.task_snapshot -> 'steps' else '[]' end) with ordinality s (step, place)
    where s.step ->> 'state' not in ('complete', 'resolved_manually', 'cancelled')
    order by
        array_position(array['error', 'waiting_for_retry', 'in_progress', 'enqueued', 'pending'],
                       s.step ->> 'state'),
        s.place
    limit 1
) step on true
order by a.resolution_timestamp desc
