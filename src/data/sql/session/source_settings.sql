-- What the source wants set, for this transaction only.
-- $1 names   $2 values
select set_config(name, value, true)
from unnest($1::text[], $2::text[]) as wanted (name, value)
