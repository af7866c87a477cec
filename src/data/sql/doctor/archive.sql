-- Compares the tallies of the archive with the archive.
with drift as (
    select
        format('%s %s: %s kept, %s counted', archive_table, (day at time zone 'UTC')::date, tallied,
               counted) as problem,
        count(*) over () as n,
        row_number() over (order by archive_table, day) as position
    from dlqtop.archive_drift()
)
select
    'wrong' as level,
    format('%s count(s) of the archive are off', n) as what,
    '`dlqtop doctor --repair`; while it counts anew, nothing is archived' as first,
    array_agg(problem order by position) filter (where position <= 5) as details,
    'archive' as repair
from drift
group by n
union all
select 'fine', 'its counts are what it holds', null, '{}', null
where not exists (select from drift)
