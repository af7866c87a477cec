-- Open failed jobs by how long ago they failed.
select bucket.label, count(f.failed_at)::bigint as pending
from (values
    (1, '< 15m', interval '15 minutes', interval '-1000 years'),
    (2, '15m-1h', interval '1 hour', interval '15 minutes'),
    (3, '1-4h', interval '4 hours', interval '1 hour'),
    (4, '4-24h', interval '24 hours', interval '4 hours'),
    (5, '> 1d', interval '1000 years', interval '24 hours')) as bucket (n, label, up_to, over)
left join (
    select o.failed_at from {table:failed_jobs} o
    where o.status is null or o.status::text in ('pending', 'in_progress')
) f on f.failed_at > now() - bucket.up_to and f.failed_at <= now() - bucket.over
group by bucket.n, bucket.label
order by bucket.n
