-- Stores how many messages wait in each queue and which is the newest, unless there is such a sample from the last
-- minute. They are samples of their own: their source is the system's with the name of the queue, `fresh` is the
-- number of the newest message. Those older than a week are deleted.
-- $1 source   $2 time   $3 queues   $4 their depths   $5 their newest messages
with asked as (
    select $1::text || ' queue ' || queue as source, depth, newest
    from unnest($3::text[], $4::bigint[], $5::bigint[]) as asked (queue, depth, newest)
),
gone as (
    delete from dlqtop.samples s
    using asked a
    where s.source = a.source and s.at < $2::timestamptz - interval '7 days'
)
insert into dlqtop.samples (source, at, bucket, pending, fresh)
select
    a.source, $2::timestamptz, date_bin('5 minutes', $2::timestamptz, 'epoch'::timestamptz), a.depth, a.newest
from asked a
where not exists (
    select from dlqtop.samples s
    -- slightly less than a minute, because a writer that samples every minute is sometimes early
    where s.source = a.source and s.at > $2::timestamptz - interval '55 seconds'
      and s.at < $2::timestamptz + interval '55 seconds')
on conflict do nothing
