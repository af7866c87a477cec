-- The settings in force, and who changed each, if the operator log knows.
select
    setting.key as setting,
    setting.value,
    changed.actor as changed_by,
    sane_instant(changed.at) as changed_at
from v_settings s
cross join lateral jsonb_each(to_jsonb(s) - 'only_row' - 'updated_at') setting
left join lateral (
    select l.actor, l.at, l.after
    from v_operator_log l
    where l.action = 'configure' and l.subject = setting.key
    order by l.at desc, l.log_id desc
    limit 1) changed
    -- otherwise it was changed later by other means
    on changed.after = coalesce(setting.value #>> '{}', 'for ever')
order by setting.key
