-- Adds a note to an entry, after those in its metadata. The rest of the metadata stays, because the system's
-- own views read it. A note that is sent twice with one batch is added once.
-- $1 entry   $2 actor   $3 note   $4 batch
with present as materialized (
    select e.*
    from {table:tasks_dlq} e
    where e.dlq_entry_uuid = $1::uuid
    for update
),
refusal as (
    select case
        when $2::text !~ '\S' then 'say who you are: the actor is blank'
        when $3::text !~ '\S' then 'the note is blank'
        when not exists (select from present) then 'there is no entry ' || $1::uuid
    end as why
),
noted as (
    update {table:tasks_dlq} e
    set metadata = case jsonb_typeof(p.metadata)
            when 'object' then p.metadata
            else jsonb_strip_nulls(jsonb_build_object('before', p.metadata))
        end || jsonb_build_object(
            'investigation_notes',
            case coalesce(jsonb_typeof(p.metadata -> 'investigation_notes'), 'null')
                when 'array' then p.metadata -> 'investigation_notes'
                when 'null' then '[]'
                else jsonb_build_array(p.metadata -> 'investigation_notes')
            end || jsonb_build_array(jsonb_build_object(
                'author', $2::text,
                'at', to_char(now() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
                'epoch', round(extract(epoch from now()), 3),
                'note', $3::text,
                'batch', $4::uuid))),
        updated_at = now() at time zone 'UTC'
    from present p
    where e.dlq_entry_uuid = p.dlq_entry_uuid
      and (select why from refusal) is null
      and not coalesce(p.metadata -> 'investigation_notes'
                       @> jsonb_build_array(jsonb_build_object('batch', $4::uuid)), false)
    returning e.dlq_entry_uuid
)
select
    case when (select why from refusal) is not null then 'refused' else 'done' end as outcome,
    case when (select why from refusal) is not null then (select why from refusal)
        else (select resolution_status::text from present) end as now_state,
    null::text as changed_by,
    null::timestamptz as changed_at
