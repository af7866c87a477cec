-- The operator log, newest first.
-- $1 row limit
select
    {part:log_columns}
from public.v_operator_log
order by v_operator_log.at desc, log_id desc
limit $1::bigint
