-- For this transaction only: compiling a long statement takes far longer than running it once.
select set_config('jit', 'off', true)
