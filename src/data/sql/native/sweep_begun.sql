-- The sweep that this detector has begun and not ended, if its answers were lost; null if there is none.
-- $1 instance
select max(sweep_id) from public.v_sweeps where instance = $1::text and under_way
