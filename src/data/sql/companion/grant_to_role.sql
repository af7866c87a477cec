-- What one role needs for what is kept beside.
grant usage on schema dlqtop to {role};
grant select on all tables in schema dlqtop to {role};
grant insert on dlqtop.operator_log, dlqtop.notes to {role};
grant insert, update, delete on dlqtop.claims, dlqtop.snoozes to {role};
grant insert, delete on dlqtop.samples to {role};
