-- Open entries by waiting time.
select label, count(d.dlq_timestamp)::bigint as pending
from (values
    (1, '< 15m', interval '15 minutes', interval '-1000 years'),
    (2, '15m-1h', interval '1 hour', interval '15 minutes'),
    (3, '1-4h', interval '4 hours', interval '1 hour'),
    (4, '4-24h', interval '24 hours', interval '4 hours'),
    (5, '> 1d', interval '1000 years', interval '24 hours')) as bucket (n, label, up_to, over)
left join public.v_dlq_pending d
    on d.dlq_timestamp > now() - bucket.up_to and d.dlq_timestamp <= now() - bucket.over
group by n, label
order by n
