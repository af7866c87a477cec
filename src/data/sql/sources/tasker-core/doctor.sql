-- Missing indexes that guard acts or keep polls cheap. Reads system catalogs only.
with wanted (relation, columns, is_guard, why) as (
    values
        ('{table:task_transitions}'::regclass, array['task_uuid', 'most_recent'], true,
         'a task could have two present states'),
        ('{table:workflow_step_transitions}'::regclass, array['workflow_step_uuid', 'most_recent'], true,
         'a step could have two present states'),
        ('{table:tasks_dlq}'::regclass, array['task_uuid'], true,
         'a task could have two open investigations'),
        ('{table:workflow_steps}'::regclass, array['task_uuid'], false,
         'each look at a task''s steps reads the whole table')
),
indexes as (
    select
        i.indrelid,
        i.indexrelid::regclass as name,
        i.indisvalid and i.indisready as is_good,
        i.indisunique,
        array(
            select a.attname::text
            from unnest(i.indkey::int[]) with ordinality as k (attnum, place)
            join pg_attribute a on a.attrelid = i.indrelid and a.attnum = k.attnum
            order by k.place
        ) as columns
    from pg_index i
    where i.indrelid in (select relation::oid from wanted)
)
select
    case when w.is_guard then 'wrong' else 'warning' end as level,
    format('there is no %sindex on %s (%s): %s', case when w.is_guard then 'unique ' end, w.relation,
           array_to_string(w.columns, ', '), w.why) as what,
    'make it as the migrations of Tasker do' as first,
    '{}'::text[] as details
from wanted w
where not exists (
    select from indexes i
    where i.indrelid = w.relation::oid and i.is_good and (i.indisunique or not w.is_guard)
      and i.columns[1] = w.columns[1]
      and (not w.is_guard or i.columns <@ w.columns)
)
union all
select 'warning', 'an index is not valid: writers pay for it and nobody can use it',
       'reindex index concurrently NAME', array_agg(i.name::text order by i.name::text)
from indexes i
where not i.is_good
having count(*) > 0
