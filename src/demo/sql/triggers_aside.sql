-- Until the transaction's end no trigger fires, as in a restore: a cycle of steps can come in
-- this way only, and checking each edge of the history would take longer than all the rest.
-- No parameters.
set local session_replication_role = replica
