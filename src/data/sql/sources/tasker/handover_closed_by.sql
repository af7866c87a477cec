-- Number of closed entries by resolution and person.
-- $1 period in seconds   $2 row limit
select resolution_status::text as resolution_status, resolved_by, count(*) as closed
from public.v_dlq_entries
where resolution_timestamp >= now() - $1::float8 * interval '1 second'
group by 1, 2
order by 3 desc, 1, 2
limit $2::bigint
