-- An entry that is closed is in nobody's hands and waits for nothing.
-- $1 source   $2 entry
with claims as (
    delete from dlqtop.claims where source = $1::text and entry = $2::uuid
)
delete from dlqtop.snoozes where source = $1::text and entry = $2::uuid
