-- The lines of the operator log of one batch, oldest first.
-- $1 batch
select
    {part:log_columns}
from public.v_operator_log
where batch = $1::uuid
order by log_id
