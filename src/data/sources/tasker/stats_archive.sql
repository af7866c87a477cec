-- Growth of the archive.
select
    archive_table,
    row_count,
    case when isfinite(oldest) then oldest end as oldest,
    case when isfinite(newest) then newest end as newest,
    bytes,
    archived_last_day
from v_archive_statistics
order by archive_table
