-- Whether row-level security hides rows of these relations from the current role, whatever its policies are.
-- Reads system catalogs only.
-- $1 relations, quoted and with their schemas
select
    format('what %s may see', current_user) as seeing,
    coalesce(bool_or(row_security_active(c.oid)), false) as may_hide
from pg_catalog.pg_class c
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
where format('%I.%I', n.nspname, c.relname) = any($1::text[])
