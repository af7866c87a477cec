-- For this transaction only: a changed threshold recalculates the deadline of every running task, which may
-- take long; waiting for a lock may not.
-- Nothing is looked up outside pg_catalog.
select
    set_config('lock_timeout', '5s', true),
    set_config('statement_timeout', '60s', true),
    set_config('search_path', 'pg_catalog, pg_temp', true)
