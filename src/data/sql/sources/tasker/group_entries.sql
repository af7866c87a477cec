-- The entries of a group, the oldest first.
-- $1 group   $2 row limit
select dlq_entry_uuid
from public.v_entry_errors
where group_id = $1::bigint
order by opened_at, dlq_entry_uuid
limit $2::bigint
