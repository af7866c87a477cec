-- The grants that one role needs on the companion schema.
grant usage on schema dlqtop to {role};
grant select on all tables in schema dlqtop to {role};
grant insert (source, actor, action, subject, subject_uuid, task_uuid, entry, reason, incident, batch, before,
    after, outcome) on dlqtop.operator_log to {role};
grant insert (source, entry, author, body) on dlqtop.notes to {role};
grant insert, update, delete on dlqtop.claims, dlqtop.snoozes to {role};
grant insert, delete on dlqtop.samples to {role};
