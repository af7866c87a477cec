-- For this transaction only: a sweep gives way to the workers.
select
    set_config('lock_timeout', '1s', true),
    set_config('statement_timeout', '20s', true),
    set_config('jit', 'off', true)
