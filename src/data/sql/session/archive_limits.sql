-- For this transaction only: a batch does not wait long for locks, and is cancelled before it holds them for
-- long.
-- Nothing is looked up outside pg_catalog.
select
    set_config('lock_timeout', '3s', true),
    set_config('statement_timeout', '60s', true),
    set_config('search_path', 'pg_catalog, pg_temp', true)
