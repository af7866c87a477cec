-- Adds snoozes.
-- $1 jsonb: [{entry, until_age, snoozed_by}], ages in seconds
insert into dlqtop.snoozes (entry, until, snoozed_by)
select r.entry, now() - r.until_age * interval '1 second', r.snoozed_by
from jsonb_to_recordset($1::jsonb) as r (entry uuid, until_age float8, snoozed_by text)
