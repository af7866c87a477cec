-- Disables all triggers until the transaction ends, as in a restore: a cycle of steps can be added in no other
-- way, and checking each edge of the history would take longer than everything else.
-- No parameters.
set local session_replication_role = replica
