-- What operators did, newest first.
-- $1 how many rows
select
    log_id,
    coalesce(sane_instant(at), 'epoch') as at,
    actor,
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
from v_operator_log
order by v_operator_log.at desc, log_id desc
limit $1::bigint
