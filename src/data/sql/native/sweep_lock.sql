-- Keeps two detectors from doing the same work; correctness does not depend on it. The lock is held until the
-- transaction ends. The number is 'dlqtop' in base 36.
select pg_try_advisory_xact_lock(822583753::bigint)
