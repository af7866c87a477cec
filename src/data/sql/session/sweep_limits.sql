-- For this transaction only: a sweep gives way to workers. A chunk that takes too long is tried again in
-- smaller chunks.
select
    set_config('lock_timeout', '1s', true),
    set_config('statement_timeout', '5s', true),
    set_config('jit', 'off', true)
