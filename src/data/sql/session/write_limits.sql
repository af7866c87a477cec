-- For this transaction only: an operator gets an error rather than a long wait, and a session whose client has
-- gone gives up its locks. Nothing is looked up outside pg_catalog.
select
    set_config('lock_timeout', '3s', true),
    set_config('statement_timeout', '8s', true),
    set_config('idle_in_transaction_session_timeout', '15s', true),
    set_config('search_path', 'pg_catalog, pg_temp', true)
