-- The size of the archive and how fast it grows.
select
    archive_table,
    row_count,
    dlqtop.sane_instant(oldest) as oldest,
    dlqtop.sane_instant(newest) as newest,
    bytes,
    archived_last_day,
    archived_per_day
from public.v_archive_statistics
order by archive_table
