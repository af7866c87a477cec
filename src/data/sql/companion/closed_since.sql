-- How many entries left the queue in a period according to the samples, and the time of the first sample that
-- says so.
-- $1 source   $2 period in seconds   $3 the tenant whose rows were counted; * for all
select sum(resolved)::bigint as closed, min(at) filter (where resolved is not null) as since
from dlqtop.samples
where source = $1::text and tenant = $3::text and at >= now() - $2::float8 * interval '1 second' and at <= now()
