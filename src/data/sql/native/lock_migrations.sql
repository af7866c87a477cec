-- Waits until no other dlqtop migrates this database; the session holds the lock. The number is 'migrate' in
-- base 36.
select pg_catalog.pg_advisory_lock(49005750146::bigint)
