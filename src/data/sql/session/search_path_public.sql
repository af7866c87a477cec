-- Creates the record of the migrations in public, even for a role called dlqtop: "$user" comes first in the
-- default search path, and dlqtop is also the name of our own schema. The migrations name every schema.
set search_path to public, pg_temp
