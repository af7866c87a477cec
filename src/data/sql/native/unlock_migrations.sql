-- Lets the next dlqtop migrate. The number is that of the lock.
select pg_catalog.pg_advisory_unlock(49005750146::bigint)
