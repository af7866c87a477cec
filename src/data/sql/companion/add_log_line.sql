-- Adds a line to the operator log.
-- $1 source   $2 actor   $3 action   $4 subject   $5 its id   $6 its task   $7 its entry   $8 reason
-- $9 batch   $10 before   $11 after   $12 outcome   $13 tenant
insert into dlqtop.operator_log (
    source, actor, action, subject, subject_uuid, task_uuid, entry, reason,
    incident, batch, before, after, outcome, tenant)
values (
    $1::text, $2::text, $3::text, $4::text, $5::uuid, $6::uuid, $7::uuid, $8::text,
    nullif(current_setting('dlqtop.incident', true), ''), $9::uuid, $10::text, $11::text, $12::text,
    $13::text)
