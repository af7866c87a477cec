-- How many tasks a chunk of a sweep may hold.
select batch_size from v_settings
