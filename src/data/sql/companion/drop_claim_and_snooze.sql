-- Deletes the claim and the snooze of an entry that was closed.
-- $1 source   $2 entry
with claims as (
    delete from dlqtop.claims where source = $1::text and entry = $2::uuid
)
delete from dlqtop.snoozes where source = $1::text and entry = $2::uuid
