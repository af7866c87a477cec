-- For this transaction only: the operator log records this incident with every action.
-- $1 incident, or nothing
select set_config('dlqtop.incident', coalesce($1::text, ''), true)
