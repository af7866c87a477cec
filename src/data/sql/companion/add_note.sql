-- Adds a note to an entry.
-- $1 source   $2 entry   $3 actor   $4 note   $5 tenant
insert into dlqtop.notes (source, entry, author, body, tenant)
values ($1::text, $2::uuid, $3::text, $4::text, $5::text)
returning 'done' as outcome, 'noted' as now_state, null::text as changed_by, null::timestamptz as changed_at
