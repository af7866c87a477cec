-- For this transaction only: recalculating may take long, but waiting for a lock may not, because every writer
-- would queue up behind it.
-- Nothing is looked up outside pg_catalog.
select
    set_config('lock_timeout', '5s', true),
    set_config('statement_timeout', '600s', true),
    set_config('search_path', 'pg_catalog, pg_temp', true)
