-- What each detector did.
-- $1 period in seconds   $2 row limit
select
    instance,
    count(*) as sweeps,
    coalesce(sum(detected), 0)::bigint as detected,
    coalesce(sum(moved), 0)::bigint as moved,
    coalesce(sum(skipped), 0)::bigint as skipped,
    coalesce(sum(failed), 0)::bigint as failed,
    count(*) filter (where dry_run) as dry_runs,
    coalesce(dlqtop.sane_instant(max(started)), 'epoch') as latest
from public.v_sweeps
where started >= now() - $1::float8 * interval '1 second'
group by instance
order by 6 desc, 8 desc, 1
limit $2::bigint
