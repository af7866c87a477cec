-- Adds back-dated sweeps.
-- $1 jsonb: [{instance, age, took_ms, detected, moved, skipped}], ages in seconds
insert into dlqtop.sweeps
    (instance, started, took, detected, moved, skipped, failed, dry_run)
select
    r.instance,
    now() - r.age * interval '1 second',
    r.took_ms * interval '1 millisecond',
    r.detected,
    r.moved,
    r.skipped,
    0,
    false
from jsonb_to_recordset($1::jsonb)
    as r (instance text, age float8, took_ms int, detected int, moved int, skipped int)
order by r.age desc
