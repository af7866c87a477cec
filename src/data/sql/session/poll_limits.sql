-- For this transaction only: the server cancels a statement that takes longer, and does not
-- compile what takes less time to run than to compile.
-- $1 milliseconds
select set_config('statement_timeout', $1::text, true), set_config('jit', 'off', true)
