-- Closes an entry; returns how long it was open. Existing notes and metadata stay.
-- $1 entry   $2 expected version   $3 actor   $4 notes   $5 batch   $6 resolution
with {part:present_entry},
-- what this batch has already done
earlier as (
    select p.resolution_status
    from present p
    where p.resolution_status::text = $6::text and p.metadata ->> 'batch' = $5::uuid::text
),
refusal as (
    select case
        when $3::text !~ '\S' then 'say who you are: the actor is blank'
        when $4::text !~ '\S' then 'say why: the notes are blank'
        when not exists (select from present) then 'there is no entry ' || $1::uuid
        when $6::text not in ('manually_resolved', 'permanently_failed', 'cancelled')
            then 'an investigation is closed as manually_resolved, permanently_failed or cancelled, not '
                || $6::text
    end as why
),
changed as (
    update {table:tasks_dlq} e
    set resolution_status = case $6::text
            when 'manually_resolved' then 'manually_resolved'
            when 'permanently_failed' then 'permanently_failed'
            else 'cancelled'
        end::tasker.dlq_resolution_status,
        resolution_timestamp = now() at time zone 'UTC',
        resolution_notes = $4::text,
        resolved_by = left($3::text, 255),
        metadata = case when coalesce(jsonb_typeof(e.metadata), 'object') = 'object'
            then coalesce(e.metadata, '{}') || jsonb_build_object('batch', $5::uuid)
            else e.metadata end,
        updated_at = now() at time zone 'UTC'
    from present p
    where e.dlq_entry_uuid = p.dlq_entry_uuid
      and p.resolution_status = 'pending'
      and p.version = $2::int
      and (select why from refusal) is null
    returning e.resolution_status
)
{part:entry_answer},
    (select p.dlq_reason::text from present p) as dlq_reason,
    (select extract(epoch from now() at time zone 'UTC' - p.dlq_timestamp)::float8 / 3600
     from present p where isfinite(p.dlq_timestamp)) as hours_in_dlq
