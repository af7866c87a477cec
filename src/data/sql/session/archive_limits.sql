-- For this transaction only: a batch waits for nobody for long, and is cancelled rather than left to
-- hold its locks.
select set_config('lock_timeout', '3s', true), set_config('statement_timeout', '60s', true)
