-- How many other sessions of dlqtop are connected to this database, as far as the role may see them.
select count(*)
from pg_catalog.pg_stat_activity
where datname = current_database() and pid <> pg_backend_pid()
  and application_name like 'dlqtop%'
