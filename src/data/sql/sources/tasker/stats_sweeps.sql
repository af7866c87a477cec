-- The latest sweeps of all detectors.
-- $1 row limit
select
    instance,
    coalesce(dlqtop.sane_instant(started), 'epoch') as started,
    extract(epoch from took)::float8 * 1000 as took_ms,
    detected::bigint,
    moved::bigint,
    skipped::bigint,
    failed::bigint,
    dry_run,
    sweep_id,
    held,
    undone_by
from public.v_sweeps
order by v_sweeps.started desc, sweep_id desc
limit $1::bigint
