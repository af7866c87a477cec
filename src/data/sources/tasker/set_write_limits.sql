-- For this transaction only: an operator is told "busy" rather than left waiting.
select set_config('lock_timeout', '3s', true), set_config('statement_timeout', '8s', true)
