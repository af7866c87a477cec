-- Waits until no other detector is at work: a sweep that has begun goes on, as nobody else may take what an
-- operator has allowed it. The number is that of the lock that detectors try first.
select pg_advisory_xact_lock(822583753::bigint)
