-- What operators did, newest first.
-- $1 how many rows
select
    {part:log_columns}
from v_operator_log
order by v_operator_log.at desc, log_id desc
limit $1::bigint
