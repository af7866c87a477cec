-- The largest number of tasks in a chunk of a sweep, and whether sweeps may act here.
select batch_size, detector_armed_at is not null as armed from public.v_settings
