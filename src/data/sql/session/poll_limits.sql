-- For this transaction only: the server cancels a statement that takes longer, and does not use JIT, because
-- compiling these statements takes longer than running them. Nothing is looked up outside pg_catalog, so that
-- nobody's operator or function can stand for the server's own.
-- $1 milliseconds
select
    set_config('statement_timeout', $1::text, true),
    set_config('jit', 'off', true),
    set_config('search_path', 'pg_catalog, pg_temp', true)
