-- Arrivals and resolutions in each five minutes as far as the samples know them, and the last backlog.
-- $1 source   $2 the tenant whose rows were counted; * for all
select
    bucket,
    sum(arrived)::bigint as arrived,
    sum(resolved)::bigint as resolved,
    (array_agg(pending order by at desc))[1] as pending
from dlqtop.samples
where source = $1::text and tenant = $2::text and at > now() - interval '3 hours 10 minutes' and at <= now()
group by bucket
