-- For this transaction only: a sweep gives way to workers. A chunk that takes too long is tried again in
-- smaller chunks.
-- Nothing is looked up outside pg_catalog.
select
    set_config('lock_timeout', '1s', true),
    set_config('statement_timeout', '5s', true),
    set_config('jit', 'off', true),
    set_config('search_path', 'pg_catalog, pg_temp', true)
