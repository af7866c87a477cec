-- What the samples say of the last hour: of what was closed, null unless nearly all of it was looked at.
-- $1 source
select
    sum(arrived)::bigint as arrived,
    case when count(distinct bucket) filter (where resolved is not null) >= 11
        then sum(resolved)::bigint end as resolved
from dlqtop.samples
where source = $1::text and at > now() - interval '1 hour' and at <= now()
