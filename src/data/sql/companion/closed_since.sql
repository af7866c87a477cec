-- How many left the queue of late as far as samples tell, and from when on they do.
-- $1 source   $2 seconds back
select sum(resolved)::bigint as closed, min(at) filter (where resolved is not null) as since
from dlqtop.samples
where source = $1::text and at >= now() - $2::float8 * interval '1 second' and at <= now()
