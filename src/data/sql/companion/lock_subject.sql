-- Locks a subject against other acts through dlqtop until the transaction ends. It is a statement of its own,
-- so that the next one sees what earlier holders of the lock have done.
-- $1 source   $2 subject
select from pg_catalog.pg_advisory_xact_lock(hashtextextended(format('dlqtop act %s %s', $1::text, $2::uuid), 0))
