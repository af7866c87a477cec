-- Stores one sample of the queue, unless there is one from the last minute. Arrivals are the entries that are
-- new since the previous sample, and resolutions follow from them. Entries that arrived and left between two
-- samples are not counted. Samples older than a week are deleted.
-- $1 source   $2 time   $3 its five-minute bucket   $4 open entries   $5 of these, those that arrived in the bucket
-- $6 of these, those that arrived in the bucket before   $7 the tenant whose rows these are; * for all
with last as (
    select at, bucket, pending, fresh
    from dlqtop.samples
    -- slightly less than a minute, because a writer that samples every minute is sometimes early
    where source = $1::text and tenant = $7::text and at < $2::timestamptz + interval '55 seconds'
    order by at desc
    limit 1
),
since as (
    select
        pending,
        case bucket
            when $3::timestamptz then greatest($5::bigint - fresh, $4::bigint - pending, 0)
            when $3::timestamptz - interval '5 minutes'
                then greatest($5::bigint + greatest($6::bigint - fresh, 0), $4::bigint - pending)
        end as arrived
    from last
),
gone as (
    delete from dlqtop.samples where source = $1::text and at < $2::timestamptz - interval '7 days'
)
insert into dlqtop.samples (source, at, bucket, pending, fresh, tenant, arrived, resolved)
select
    $1::text, $2::timestamptz, $3::timestamptz, $4::bigint, $5::bigint, $7::text,
    since.arrived, since.pending + since.arrived - $4::bigint
from (values (true)) as this (one)
left join since on true
where not exists (select from last where at > $2::timestamptz - interval '55 seconds')
on conflict do nothing
