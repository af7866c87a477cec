-- The thresholds in force before and after a change.
-- $1 the configuration that is there, or null   $2 the new one
select
    after.key,
    before.minutes as before_minutes,
    before.own as before_own,
    after.minutes as after_minutes,
    after.own as after_own
from template_thresholds($2::jsonb) with ordinality as after (key, minutes, own, place)
left join template_thresholds($1::jsonb) as before
    on before.key = after.key and $1::jsonb is not null
order by after.place
