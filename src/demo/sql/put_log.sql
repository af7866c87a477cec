-- Adds back-dated acts to the operator log, in the order given.
-- $1 jsonb: [{age, actor, action, subject, subject_uuid, task, entry, reason, before, after}],
--           ages in seconds
insert into dlqtop.operator_log
    (at, actor, database_user, action, subject, subject_uuid, task_uuid, entry, reason, before, after, outcome)
select
    now() - r.age * interval '1 second',
    r.actor,
    -- written with the triggers off: in the demo's past, everybody had a login of their own
    split_part(r.actor, '@', 1),
    r.action,
    r.subject,
    r.subject_uuid,
    r.task,
    r.entry,
    r.reason,
    r.before,
    r.after,
    'done'
from jsonb_to_recordset($1::jsonb) as r (
    age float8, actor text, action text, subject text, subject_uuid uuid, task uuid, entry uuid,
    reason text, before text, after text)
order by r.age desc
