-- Keeps what a sweep did.
-- $1 instance   $2 milliseconds   $3 detected   $4 moved   $5 skipped   $6 failed   $7 dry run
insert into dlqtop.sweeps (instance, started, took, detected, moved, skipped, failed, dry_run)
select
    $1::text,
    now() - took,
    took,
    $3::int,
    $4::int,
    $5::int,
    $6::int,
    $7::boolean
from (select $2::float8 * interval '1 millisecond' as took) t
