-- Open failed jobs by how long ago they failed; apart from these, if there are any, those of which that is not
-- known.
with open_jobs as materialized (
    select case when {part:believed} then f.failed_at end as failed_at
    from {table:failed_jobs} f
    where {part:open_job}
),
counted as (
    select bucket.n, bucket.label, count(o.failed_at)::bigint as pending
    from (values
        (1, '< 15m', interval '15 minutes', interval '-1000 years'),
        (2, '15m-1h', interval '1 hour', interval '15 minutes'),
        (3, '1-4h', interval '4 hours', interval '1 hour'),
        (4, '4-24h', interval '24 hours', interval '4 hours'),
        (5, '> 1d', interval '1000 years', interval '24 hours')) as bucket (n, label, up_to, over)
    left join open_jobs o on o.failed_at > now() - bucket.up_to and o.failed_at <= now() - bucket.over
    group by bucket.n, bucket.label
    union all
    select 6, 'not known', count(*)
    from open_jobs
    where failed_at is null
    having count(*) > 0
)
select label, pending
from counted
order by n
