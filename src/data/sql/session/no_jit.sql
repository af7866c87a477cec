-- For this transaction only: no JIT, because compiling a long statement takes far longer than running it once.
select set_config('jit', 'off', true)
