select
    changed_at as created_at, null::text as step_name, null::text as from_state, state as to_state,
    null::text as processor, error as reason
from {table:jobs}
where id = $1::uuid
limit $2::bigint
