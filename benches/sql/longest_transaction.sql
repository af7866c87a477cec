-- The age of the oldest transaction of the observed application, in milliseconds.
-- $1 its application name
select coalesce(max(extract(epoch from clock_timestamp() - xact_start))::float8 * 1000, 0)
from pg_stat_activity
where application_name = $1::text and backend_type = 'client backend' and xact_start is not null
  and datname = current_database()
