-- For this transaction only: a sweep gives way to the workers. A chunk that takes longer is tried
-- again as smaller ones.
select
    set_config('lock_timeout', '1s', true),
    set_config('statement_timeout', '5s', true),
    set_config('jit', 'off', true)
