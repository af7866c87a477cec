-- The database's clock.
-- No parameters.
select clock_timestamp()
