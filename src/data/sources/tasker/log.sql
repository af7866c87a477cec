-- What operators did, newest first.
-- $1 how many rows
select
    coalesce(sane_instant(at), 'epoch') as at,
    actor,
    action,
    subject,
    left(reason, 500) as reason,
    before,
    after,
    outcome
from v_operator_log
order by v_operator_log.at desc, log_id desc
limit $1::bigint
