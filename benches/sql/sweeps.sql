-- A sweep every five minutes from `bench.from_days` to `bench.to_days` ago.
insert into dlqtop.sweeps (instance, started, took, detected, moved, skipped, failed, dry_run)
select 'detector@bench', at, interval '40 milliseconds', 12, 12, 0, 0, false
from generate_series(now() - current_setting('bench.from_days')::float8 * interval '1 day',
                     now() - current_setting('bench.to_days')::float8 * interval '1 day',
                     interval '5 minutes') at;
