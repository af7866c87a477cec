-- The version of the companion schema, the system it was made for, and when.
select version, source, at
from dlqtop.installed
order by version desc
limit 1
