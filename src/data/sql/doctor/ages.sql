-- Tasks with impossible ages.
with suspects as (
    select coalesce(sum(suspect), 0)::bigint as n from public.v_staleness_counts
)
select
    'warning' as level,
    format('%s task(s) with an age that cannot be: they are shown as unknown and never acted upon', n) as what,
    'put created_at right where it was written by hand or by a host with a wrong clock; cancel what is dead' as first,
    array(
        select format(
            '%s/%s %s: %s since %s', namespace_name, task_name, task_uuid, current_state,
            coalesce(to_char(dlqtop.sane_instant(state_since) at time zone 'UTC', 'YYYY-MM-DD HH24:MI "UTC"'),
                     'an instant beyond the calendar'))
        from public.v_task_staleness_monitoring
        where age_suspect and n > 0
        order by task_uuid
        limit 5) as details
from suspects
where n > 0
union all
select 'fine', 'no task has an age that cannot be', null, '{}'
from suspects
where n = 0
