-- The process id of this session on the server.
select pg_backend_pid()
