-- Whether sweeps act here, how much is due, and whether the breaker would hold it.
select
    dlqtop.sane_instant(armed_at) as armed_at,
    armed_by, armed_reason, due, under_way, breaker_limit, usual, holds, why, allowed,
    dlqtop.sane_instant(allowed_until) as allowed_until,
    max_per_sweep, max_per_hour, took_last_hour
from public.v_detector
