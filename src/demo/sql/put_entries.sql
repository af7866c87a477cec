-- Opens back-dated entries, each with a snapshot of its task as it is now, dated like the entry.
-- $1 jsonb: [{id, task, original_state, reason, age, status, resolved_age, resolved_by,
--             resolution_notes, category, metadata, version}], ages in seconds
insert into public.tasker_tasks_dlq
    (dlq_entry_uuid, task_uuid, original_state, dlq_reason, dlq_timestamp, task_snapshot,
     resolution_status, resolution_timestamp, resolution_notes, resolved_by, error_category,
     metadata, version, created_at, updated_at)
select
    r.id,
    r.task,
    r.original_state,
    r.reason::public.dlq_reason,
    now() - r.age * interval '1 second',
    snapshot.now || jsonb_build_object(
        'time_in_state_minutes',
        round((snapshot.now ->> 'time_in_state_minutes')::numeric - (r.age / 60)::numeric, 1),
        'task_age_minutes',
        round((snapshot.now ->> 'task_age_minutes')::numeric - (r.age / 60)::numeric, 1),
        'snapshot_timestamp', now() - r.age * interval '1 second'),
    r.status::public.dlq_resolution_status,
    now() - r.resolved_age * interval '1 second',
    r.resolution_notes,
    r.resolved_by,
    r.category,
    r.metadata,
    r.version,
    now() - r.age * interval '1 second',
    now() - coalesce(r.resolved_age, r.age) * interval '1 second'
from jsonb_to_recordset($1::jsonb) as r (
    id uuid, task uuid, original_state text, reason text, age float8, status text,
    resolved_age float8, resolved_by text, resolution_notes text, category text, metadata jsonb,
    version int)
cross join lateral (select dlqtop.build_task_snapshot(r.task) as now) snapshot
