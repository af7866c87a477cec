-- The clock itself, not that of a transaction's beginning.
select clock_timestamp()
