-- For this transaction only: the server cancels a statement that takes longer.
-- $1 milliseconds
select set_config('statement_timeout', $1::text, true)
