-- The process id of this connection on the server.
select pg_backend_pid()
