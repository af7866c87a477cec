-- The same for a server and its replicas, and for nobody else.
select system_identifier from pg_control_system()
