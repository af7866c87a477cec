-- For this transaction only: to reckon everything anew takes its time, but while it waits for a lock,
-- every writer waits behind it.
select set_config('lock_timeout', '5s', true), set_config('statement_timeout', '600s', true)
