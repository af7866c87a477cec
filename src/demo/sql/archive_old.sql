-- Retention, as the nightly job would run it.
-- $1 float8: days, $2 int: batch size
select public.archive_completed_tasks($1::float8, $2::int, false)
