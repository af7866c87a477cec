-- Records what a sweep did.
-- $1 instance   $2 milliseconds   $3 detected   $4 moved   $5 skipped   $6 failed   $7 dry run
-- $8 the sweep, or null if it has taken nothing   $9 the breaker held it
select from dlqtop.record_sweep(
    $1::text, $2::float8, $3::int, $4::int, $5::int, $6::int, $7::boolean, $8::bigint, $9::boolean)
