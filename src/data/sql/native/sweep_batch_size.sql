-- The largest number of tasks in a chunk of a sweep.
select batch_size from public.v_settings
