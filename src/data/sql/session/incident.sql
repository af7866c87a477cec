-- For this transaction only: the log names the incident with everything that is done in it.
-- $1 incident, or nothing
select set_config('dlqtop.incident', coalesce($1::text, ''), true)
