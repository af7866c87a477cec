-- Sends a task to the dead-letter queue: opens an entry with the reason manual_dlq and a snapshot of the task
-- and its steps. The task itself does not change.
-- $1 task   $2 expected state   $3 actor   $4 reason   $5 batch
with {part:present_task},
open as (
    select dlq_entry_uuid, metadata ->> 'batch' = $5::uuid::text as of_this_batch
    from {table:tasks_dlq}
    where task_uuid = $1::uuid and resolution_status = 'pending'
),
refusal as (
    select case
        when $3::text !~ '\S' then 'say who you are: the actor is blank'
        when $4::text !~ '\S' then 'say why: the reason is blank'
        when not exists (select from {table:tasks} where task_uuid = $1::uuid)
            then 'there is no task ' || $1::uuid
        -- what this batch has already done counts as done
        when exists (select from open where of_this_batch is not true)
            then 'the task already has a pending entry (' || (select min(dlq_entry_uuid::text) from open)
                || ')'
    end as why
),
opened as (
    insert into {table:tasks_dlq}
        (task_uuid, original_state, dlq_reason, dlq_timestamp, task_snapshot, metadata, created_at,
         updated_at)
    select
        t.task_uuid,
        p.to_state,
        'manual_dlq',
        now() at time zone 'UTC',
        jsonb_build_object(
            'task_uuid', t.task_uuid,
            'namespace', ns.name,
            'task_name', nt.name,
            'version', nt.version,
            'current_state', p.to_state,
            'time_in_state_minutes', age.minutes,
            'snapshot_timestamp', now(),
            'task_details', jsonb_build_object(
                'correlation_id', t.correlation_id,
                'priority', t.priority,
                'requested_at', t.requested_at,
                'created_at', t.created_at),
            'steps', coalesce((
                select jsonb_agg(jsonb_build_object(
                    'name', n.name,
                    'state', coalesce(st.to_state, 'pending'),
                    'attempts', coalesce(s.attempts, 0),
                    'max_attempts', coalesce(s.max_attempts, 3)) order by s.created_at, s.workflow_step_uuid)
                from {table:workflow_steps} s
                join {table:named_steps} n using (named_step_uuid)
                left join {table:workflow_step_transitions} st
                    on st.workflow_step_uuid = s.workflow_step_uuid and st.most_recent
                where s.task_uuid = t.task_uuid), '[]')),
        jsonb_build_object(
            'detection_method', 'manual',
            'time_in_state_minutes', age.minutes,
            'opened_by', $3::text,
            'reason', $4::text,
            'batch', $5::uuid),
        now() at time zone 'UTC',
        now() at time zone 'UTC'
    from present p
    join {table:tasks} t using (task_uuid)
    join {table:named_tasks} nt using (named_task_uuid)
    join {table:task_namespaces} ns using (task_namespace_uuid)
    cross join lateral (
        -- an integer, because the system's own view reads it as one
        select case when p.created_at between '1900-01-01' and '9000-01-01'
            then floor(extract(epoch from now() at time zone 'UTC' - p.created_at) / 60)::int
            else 0 end as minutes
    ) age
    where p.to_state = $2::text
      and (select why from refusal) is null
    on conflict (task_uuid) where resolution_status = 'pending' do nothing
    returning dlq_entry_uuid
)
select
    case
        when (select why from refusal) is not null then 'refused'
        when exists (select from opened) or exists (select from open) then 'done'
        else 'changed'
    end as outcome,
    case
        when (select why from refusal) is not null then (select why from refusal)
        when exists (select from opened) or exists (select from open) then 'pending'
        -- null if it has changed since this statement began
        else (select p.to_state::text from present p where p.to_state <> $2::text)
    end as now_state,
    case when not exists (select from opened) and not exists (select from open) then
        (select p.changed_by from present p)
    end as changed_by,
    case when not exists (select from opened) and not exists (select from open) then
        (select p.created_at at time zone 'UTC' from present p
         where p.created_at between '0001-01-02' and '9999-12-30')
    end as changed_at
