-- What the samples say of the last hour: null where they say nothing.
-- $1 source
select sum(arrived)::bigint as arrived, sum(resolved)::bigint as resolved
from dlqtop.samples
where source = $1::text and at > now() - interval '1 hour' and at <= now()
