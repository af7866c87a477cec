-- A page of the operator log after a given line, newest first.
-- $1 source   $2 row limit   $3, $4 the previous line: its time and number
-- $5 period in seconds, or null   $6 actor, with or without @host, or null   $7 the tenant whose lines
-- are seen, and those that belong to none; null for all
select
    log_id,
    at,
    at as place,
    actor,
    database_user,
    action,
    subject,
    subject_uuid,
    task_uuid,
    entry,
    left(reason, 4000) as reason,
    incident,
    batch,
    before,
    after,
    outcome
from dlqtop.operator_log
where source = $1::text
  and ($7::text is null or tenant in ($7::text, ''))
  and (dlqtop.operator_log.at, log_id) < ($3::timestamptz, $4::bigint)
  and ($5::float8 is null or dlqtop.operator_log.at >= now() - $5::float8 * interval '1 second')
  and ($6::text is null or actor = $6::text or split_part(actor, '@', 1) = $6::text)
order by dlqtop.operator_log.at desc, log_id desc
limit $2::bigint
