-- The server process that answers this.
select pg_backend_pid()
