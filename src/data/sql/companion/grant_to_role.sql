-- The grants that one role needs on the companion schema, and on nothing that others have put there.
grant usage on schema dlqtop to {role};
grant select on dlqtop.installed, dlqtop.actors, dlqtop.operator_log, dlqtop.notes, dlqtop.claims, dlqtop.snoozes,
    dlqtop.samples to {role};
grant insert (source, actor, action, subject, subject_uuid, task_uuid, entry, reason, incident, batch, before,
    after, outcome, tenant) on dlqtop.operator_log to {role};
grant insert (source, entry, author, body, tenant) on dlqtop.notes to {role};
grant insert, update, delete on dlqtop.claims, dlqtop.snoozes to {role};
grant insert, delete on dlqtop.samples to {role};
