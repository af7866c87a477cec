-- For this transaction only: the server cancels a statement that takes longer, and does not use JIT, because
-- compiling these statements takes longer than running them.
-- $1 milliseconds
select set_config('statement_timeout', $1::text, true), set_config('jit', 'off', true)
