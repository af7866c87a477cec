-- The notes on a task's entries, oldest first. They are part of the entries' metadata.
-- $1 task   $2 row limit
select
    e.dlq_entry_uuid,
    coalesce(note.value ->> 'author', '?') as author,
    coalesce(
        case when (note.value -> 'epoch')::text ~ '^[0-9]{1,10}(\.[0-9]{1,6})?$'
            then to_timestamp((note.value ->> 'epoch')::float8) end,
        case when e.updated_at between '0001-01-02' and '9999-12-30'
            then e.updated_at at time zone 'UTC' end,
        'epoch') as at,
    left(case when jsonb_typeof(note.value) = 'object' then coalesce(note.value ->> 'note', note.value::text)
        else note.value #>> '{}' end, 4096) as body
from {table:tasks_dlq} e
cross join lateral jsonb_array_elements(
    case jsonb_typeof(e.metadata -> 'investigation_notes')
        when 'array' then e.metadata -> 'investigation_notes'
        when 'string' then jsonb_build_array(e.metadata -> 'investigation_notes')
        else '[]'
    end) with ordinality as note (value, place)
where e.task_uuid = $1::uuid
order by e.dlq_timestamp, e.dlq_entry_uuid, note.place
limit $2::bigint
