-- An id that a server and its replicas have in common, and no other server.
select system_identifier from pg_control_system()
