-- For this transaction only: a changed threshold is reckoned anew for every running task, which may
-- take a while where there are many; waiting for a lock may not.
select set_config('lock_timeout', '5s', true), set_config('statement_timeout', '60s', true)
