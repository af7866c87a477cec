-- The thresholds in force before and after a change.
-- $1 the current configuration, or null   $2 the new one
select
    after.key,
    before.minutes as before_minutes,
    before.own as before_own,
    after.minutes as after_minutes,
    after.own as after_own
from public.v_settings s
cross join lateral dlqtop.template_thresholds(
    $2::jsonb, s.max_waiting_for_dependencies_minutes, s.max_waiting_for_retry_minutes,
    s.max_steps_in_process_minutes, s.max_task_lifetime_minutes)
    with ordinality as after (key, minutes, own, place)
left join lateral dlqtop.template_thresholds(
    $1::jsonb, s.max_waiting_for_dependencies_minutes, s.max_waiting_for_retry_minutes,
    s.max_steps_in_process_minutes, s.max_task_lifetime_minutes) as before
    on before.key = after.key and $1::jsonb is not null
order by after.place
