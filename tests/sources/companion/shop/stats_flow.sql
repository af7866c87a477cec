with buckets as (
    select date_bin('5 minutes', now(), 'epoch') - n * interval '5 minutes' as bucket
    from generate_series(0, 35) n
)
select
    bucket,
    count(*) filter (where failed_at >= bucket) as arrived,
    null::bigint as resolved,
    count(failed_at) as pending
from buckets
left join {table:jobs} on status = 'failed' and failed_at < bucket + interval '5 minutes'
group by bucket
order by bucket
