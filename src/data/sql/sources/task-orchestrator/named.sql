-- Looks ids up: a row for each known id. A dead letter has the id of its task.
-- $1 ids
select
    a.id,
    'task' as kind,
    a.id as task_uuid,
    coalesce(t.type, '(no type)') as namespace_name,
    coalesce(t.type, '(no type)') as task_name,
    coalesce(t.status::text, '(no status)') as current_state,
    case when d.dead then a.id end as dlq_entry_uuid,
    case when d.dead then
        case t.status when 'dead_letter' then 'max_retries_exceeded'
            else coalesce(t.status::text, '(no status)') end
    end as dlq_reason,
    case when d.dead then 'pending' end as resolution_status,
    null::text as resolved_by,
    case when d.dead
        then hashtext(concat_ws('|', t.status, t.updated_at, t.attempts)) & 2147483647 end as version
from unnest($1::uuid[]) with ordinality a (id, place)
join {table:tasks} t on {has_id:t.id = a.id}
cross join lateral (select coalesce(t.status::text not in ('pending', 'claimed', 'running', 'completed'), true) as dead) d
order by a.place
