-- The time zones that ad-hoc queries would use. dlqtop does not depend on them.
select
    'fine' as level,
    'this session is in ' || current_setting('TimeZone')
        || coalesce('; ' || string_agg(
            concat_ws(' ',
                case when s.setrole <> 0 then 'role ' || r.rolname end,
                case when s.setdatabase <> 0 then 'database ' || d.datname end,
                case when s.setrole = 0 and s.setdatabase = 0 then 'everybody' end)
            || ': ' || split_part(c.setting, '=', 2),
            '; ' order by s.setdatabase, s.setrole), '')
        || '. Ages and thresholds do not depend on it' as what,
    null as first,
    '{}'::text[] as details
from (select) one
left join (
    pg_db_role_setting s
    cross join lateral unnest(s.setconfig) as c (setting)
    left join pg_roles r on r.oid = s.setrole
    left join pg_database d on d.oid = s.setdatabase
) on lower(c.setting) like 'timezone=%'
    and (s.setdatabase = 0 or d.datname = current_database())
    and (s.setrole = 0 or r.rolname = current_user)
