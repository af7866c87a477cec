-- How long ago a sample was kept in which a message was there already: then its queue's newest message had its
-- number or a higher one. Numbers that fall tell that they began anew, so that earlier samples say nothing.
-- $1 source   $2 queues   $3 the number of a message in each
with asked as (
    select queue, message
    from unnest($2::text[], $3::bigint[]) as asked (queue, message)
),
known as (
    select
        a.queue, a.message, s.at, s.fresh,
        coalesce(lag(s.fresh) over (partition by a.queue order by s.at) > s.fresh, false) as began_anew
    from asked a
    join dlqtop.samples s on s.source = $1::text || ' queue ' || a.queue
    where s.at <= now()
),
epochs as (
    select queue, max(at) filter (where began_anew) as since
    from known
    group by queue
)
select
    k.queue,
    extract(epoch from now() - min(k.at) filter (
        where k.fresh >= k.message and k.at >= coalesce(e.since, '-infinity')))::float8 as seconds
from known k
join epochs e using (queue)
group by k.queue
