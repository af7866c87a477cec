-- Which version of it this is, beside which system it was made, and when.
select version, source, at
from dlqtop.installed
order by version desc
limit 1
