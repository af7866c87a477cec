-- Closes an entry; returns how long it was open.
-- $1 entry   $2 expected version   $3 actor   $4 notes   $5 batch   $6 resolution
select
    a.outcome,
    a.now_state,
    a.changed_by,
    dlqtop.sane_instant(a.changed_at) as changed_at,
    -- in the snapshot of this statement the entry is still open
    q.dlq_reason::text as dlq_reason,
    q.minutes_in_dlq / 60 as hours_in_dlq
from dlqtop.update_investigation($1::uuid, $2::int, $6::text, $3::text, $4::text, '{}', $5::uuid) a
left join public.v_dlq_investigation_queue q on q.dlq_entry_uuid = $1::uuid
