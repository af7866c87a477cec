-- Keeps how the queue stood at a reading, unless that was kept within the minute before. What came since
-- the sample before is what is fresh and was not there then; what was closed follows from it. Of what both
-- came and went in between nothing is known. Samples of more than a week ago are taken away.
-- $1 source   $2 the reading   $3 its five minutes   $4 what was open   $5 of these, what came in the five
-- minutes   $6 of these, what came in the five minutes before
with last as (
    select at, bucket, pending, fresh
    from dlqtop.samples
    -- a little less than a minute: who keeps one each minute is sometimes early
    where source = $1::text and at < $2::timestamptz + interval '55 seconds'
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
insert into dlqtop.samples (source, at, bucket, pending, fresh, arrived, resolved)
select
    $1::text, $2::timestamptz, $3::timestamptz, $4::bigint, $5::bigint,
    since.arrived, since.pending + since.arrived - $4::bigint
from (values (true)) as this (one)
left join since on true
where not exists (select from last where at > $2::timestamptz - interval '55 seconds')
on conflict do nothing
