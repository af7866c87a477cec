-- When task `t` in state `tr` breaches a limit of its template `l`, by `clock c`; one that is stuck, as soon as it
-- is. An impossible age (in the future, before the task was created, or too far back) breaches none: infinity.
case
    when t.created_at >= c.present - interval '5256000 minutes'
        and tr.since <= c.present + interval '1 minute'
        and t.created_at <= tr.since + interval '1 minute'
    then case when tr.to_state in ('blocked_by_failures', 'error') then tr.since else least(
        tr.since + case tr.to_state
            when 'waiting_for_dependencies' then l.dependencies_limit
            when 'waiting_for_retry' then l.retry_limit
            else l.steps_limit
        end,
        t.created_at + {setting:task_lifetime_minutes} * interval '1 minute') end
    else 'infinity'
end
