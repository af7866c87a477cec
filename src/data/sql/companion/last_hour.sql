-- Arrivals and resolutions of the last hour; resolutions are null unless samples cover nearly all of it.
-- $1 source   $2 the tenant whose rows were counted; * for all
select
    sum(arrived)::bigint as arrived,
    case when count(distinct bucket) filter (where resolved is not null) >= 11
        then sum(resolved)::bigint end as resolved
from dlqtop.samples
where source = $1::text and tenant = $2::text and at > now() - interval '1 hour' and at <= now()
