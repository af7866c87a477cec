-- Those of these schemas in which only trusted roles have put functions and operators, and only they may: names
-- that a system's own triggers leave unqualified can be looked up there.
-- $1 schemas, quoted   $2 the owners that the profile names
with trusted as materialized (
    select r.oid
    from pg_catalog.pg_roles r
    where r.rolsuper
       or r.rolname in (current_user, session_user, 'pg_database_owner')
       or r.rolname::text = any($2::text[])
       or r.oid = (select d.datdba from pg_catalog.pg_database d where d.datname = current_database())
)
select quote_ident(n.nspname)
from pg_catalog.pg_namespace n
where quote_ident(n.nspname) = any($1::text[])
  and n.nspowner in (select oid from trusted)
  and not exists (
      select
      from aclexplode(coalesce(n.nspacl, acldefault('n', n.nspowner))) a
      where a.privilege_type = 'CREATE' and a.grantee not in (select oid from trusted))
  and not exists (
      select from pg_catalog.pg_proc p
      where p.pronamespace = n.oid and p.proowner not in (select oid from trusted))
  and not exists (
      select from pg_catalog.pg_operator o
      where o.oprnamespace = n.oid and o.oprowner not in (select oid from trusted))
