-- The process id of the server process with this application name.
-- $1 application name
select pid from pg_stat_activity
where application_name = $1::text and datname = current_database()
limit 1
