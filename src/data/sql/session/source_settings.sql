-- For this transaction only: the settings that the source asks for.
-- $1 names   $2 values
select set_config(name, value, true)
from unnest($1::text[], $2::text[]) as wanted (name, value)
