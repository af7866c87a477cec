-- Templates with lifecycle values that cannot be used.
with unreadable as (
    select
        format('%s/%s %s', namespace_name, task_name, task_version) as name,
        warnings,
        count(*) over () as n,
        row_number() over (order by namespace_name, task_name, task_version) as position
    from public.v_template_lifecycle
    where warnings <> '{}'
)
select
    'warning' as level,
    format('%s: the settings in force stand in for %s', name, array_to_string(warnings, ', ')) as what,
    case when position = 1
        then 'give each a JSON number of minutes from 0.01 to 5256000 (flags: true or false; staleness_action: dlq or alert)'
    end as first,
    '{}'::text[] as details
from unreadable
where position <= 20
union all
select 'warning', format('and %s more templates', n - 20), null, '{}'
from unreadable
where position = 21
union all
select 'fine', format('%s template(s), all readable', (select count(*) from public.v_template_lifecycle)), null, '{}'
where not exists (select from unreadable)
