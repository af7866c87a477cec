-- Nobody else acts on this through dlqtop until the transaction ends. A statement of its own: what
-- comes after it sees what those did who had the lock before.
-- $1 source   $2 subject
select from pg_catalog.pg_advisory_xact_lock(hashtextextended(format('dlqtop act %s %s', $1::text, $2::uuid), 0))
