-- A page of the operator log after a given line, newest first.
-- $1 row limit   $2, $3 the previous line: its time and number
-- $4 period in seconds, or null   $5 actor, with or without @host, or null
select
    {part:log_columns},
    at as place
from public.v_operator_log
where (v_operator_log.at, log_id) < ($2::timestamptz, $3::bigint)
  and ($4::float8 is null or v_operator_log.at >= now() - $4::float8 * interval '1 second')
  and ($5::text is null or actor = $5::text or split_part(actor, '@', 1) = $5::text)
order by v_operator_log.at desc, log_id desc
limit $1::bigint
