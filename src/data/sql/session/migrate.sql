-- For the migrations: every name in them says its schema, and what is locked by somebody else is an error after
-- three seconds rather than a queue of everybody behind us.
select set_config('search_path', 'pg_catalog, pg_temp', false), set_config('lock_timeout', '3s', false)
