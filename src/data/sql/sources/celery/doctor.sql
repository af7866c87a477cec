-- Missing indexes on open and on recently failed jobs, row-level security that is switched on without a policy,
-- statuses that nobody knows, and times of failure that cannot be.
with jobs as (
    select c.oid, c.oid::regclass as relation, c.relrowsecurity
    from pg_type y
    join pg_class c on c.oid = y.typrelid
    where y.oid = pg_typeof(null::{table:failed_jobs})
),
indexes as (
    select i.indexrelid::regclass as name, i.indisvalid and i.indisready as is_good, a.attname::text as begins_with
    from jobs j
    join pg_index i on i.indrelid = j.oid
    left join pg_attribute a on a.attrelid = i.indrelid and a.attnum = i.indkey[0]
),
wanted (name, why) as (
    values ('status', 'each look at what is open reads the whole table'),
           ('failed_at', 'each look at what failed of late reads the whole table')
)
select
    'warning' as level,
    format('there is no index on %s: %s', w.name, w.why) as what,
    format('create index concurrently on %s (%s)', j.relation, w.name) as first,
    '{}'::text[] as details
from wanted w
cross join jobs j
where exists (select from pg_attribute a where a.attrelid = j.oid and a.attname = w.name and not a.attisdropped)
  and not exists (select from indexes i where i.is_good and i.begins_with = w.name)
union all
select
    'warning',
    format('row-level security is on for %s and there is no policy: nobody but its owner sees any row', j.relation),
    'create a policy that says whose rows are whose',
    '{}'
from jobs j
where j.relrowsecurity and not exists (select from pg_policy p where p.polrelid = j.oid)
union all
select
    'warning',
    format('%s failed jobs have a status that is not known, and count as open: %s',
        sum(n), string_agg(format('%s (%s)', label, n), ', ' order by n desc, label)),
    'see what writes them; dlqtop offers no act for them',
    '{}'
from (
    select {part:label} as label, count(*) as n
    from {table:failed_jobs} f
    where {part:open_job}
    group by 1
) labels
where label not in ('pending', 'in_progress')
having count(*) > 0
union all
select
    'warning',
    format('%s open failed jobs have no time of failure that can be: their age is not known', count(*)),
    'see what writes failed_at; such jobs are shown as AGE?',
    '{}'
from {table:failed_jobs} f
where {part:open_job} and not {part:believed}
having count(*) > 0
union all
select 'warning', 'an index is not valid: writers pay for it and nobody can use it',
       'reindex index concurrently NAME', array_agg(i.name::text order by i.name::text)
from indexes i
where not i.is_good
having count(*) > 0
