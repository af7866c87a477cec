-- What the samples say of each five minutes: what came and was closed as far as that is known, and what was
-- open last.
-- $1 source
select
    bucket,
    sum(arrived)::bigint as arrived,
    sum(resolved)::bigint as resolved,
    (array_agg(pending order by at desc))[1] as pending
from dlqtop.samples
where source = $1::text and at > now() - interval '3 hours 10 minutes' and at <= now()
group by bucket
