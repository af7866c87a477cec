-- The size of the archive and how fast it grows.
select
    archive_table,
    row_count,
    sane_instant(oldest) as oldest,
    sane_instant(newest) as newest,
    bytes,
    archived_last_day,
    archived_per_day
from v_archive_statistics
order by archive_table
