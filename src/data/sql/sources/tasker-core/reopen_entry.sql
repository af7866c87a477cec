-- Reopens a closed entry. Its notes stay; how it was closed is kept in the metadata only. A task has at most one
-- open entry.
-- $1 entry   $2 expected version   $3 actor   $4 reason   $5 batch
with {part:present_entry},
-- what this batch has already done
earlier as (
    select p.resolution_status
    from present p
    where p.resolution_status = 'pending' and p.metadata ->> 'batch' = $5::uuid::text
),
newer as (
    select o.dlq_entry_uuid
    from {table:tasks_dlq} o
    join present p using (task_uuid)
    where o.resolution_status = 'pending' and o.dlq_entry_uuid <> p.dlq_entry_uuid
),
refusal as (
    select case
        when $3::text !~ '\S' then 'say who you are: the actor is blank'
        when $4::text !~ '\S' then 'say why: the reason is blank'
        when not exists (select from present) then 'there is no entry ' || $1::uuid
        when exists (select from newer)
            then 'the task already has a pending entry (' || (select min(dlq_entry_uuid::text) from newer)
                || '): work on that one'
    end as why
),
changed as (
    update {table:tasks_dlq} e
    set resolution_status = 'pending',
        resolution_timestamp = null,
        resolution_notes = null,
        resolved_by = null,
        metadata = case when jsonb_typeof(e.metadata) = 'object' then e.metadata else '{}' end
            || jsonb_build_object('reopened_by', $3::text, 'reopened_because', $4::text,
                                  'batch', $5::uuid, 'closed_before', jsonb_build_object(
                                      'status', p.resolution_status, 'notes', p.resolution_notes,
                                      'by', p.resolved_by)),
        updated_at = now() at time zone 'UTC'
    from present p
    where e.dlq_entry_uuid = p.dlq_entry_uuid
      and p.resolution_status <> 'pending'
      and p.version = $2::int
      and (select why from refusal) is null
    returning e.resolution_status
)
{part:entry_answer}
