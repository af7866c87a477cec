-- For this transaction only: an operator is told "busy" rather than left waiting, and a session whose
-- client has gone lets its locks go.
select
    set_config('lock_timeout', '3s', true),
    set_config('statement_timeout', '8s', true),
    set_config('idle_in_transaction_session_timeout', '15s', true)
