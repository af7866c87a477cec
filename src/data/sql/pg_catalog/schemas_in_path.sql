-- The schemas in which this session would look for a name by itself, in order. Transactions of dlqtop look in
-- pg_catalog alone, so the session's own search path is put back for as long as this statement takes.
select looked.schemas
from (
    select set_config('search_path', s.reset_val, true) as own
    from pg_catalog.pg_settings s
    where s.name = 'search_path'
    offset 0
) session
cross join lateral (
    select case when session.own is not null then current_schemas(false)::text[] end as schemas
    offset 0
) looked
cross join lateral (
    select case when looked.schemas is not null then set_config('search_path', 'pg_catalog, pg_temp', true) end as safe
    offset 0
) again
where again.safe is not null
