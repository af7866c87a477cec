-- The current time, and not that of the start of the transaction.
select clock_timestamp()
