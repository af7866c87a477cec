-- Who else may create objects in schema public, with the statement that ends it. Trusted are the role that
-- owns our schema or is about to, the owners of schema public and of the database, and superusers.
select
    coalesce(r.rolname::text, 'everybody') as who,
    format('revoke create on schema public from %s', coalesce(quote_ident(r.rolname), 'public')) as statement
from pg_catalog.pg_namespace n
cross join lateral aclexplode(coalesce(n.nspacl, acldefault('n', n.nspowner))) as granted
left join pg_catalog.pg_roles r on r.oid = granted.grantee
where n.nspname = 'public' and granted.privilege_type = 'CREATE'
  and granted.grantee <> n.nspowner
  and granted.grantee <> (select datdba from pg_catalog.pg_database where datname = current_database())
  and granted.grantee <> coalesce(
      (select nspowner from pg_catalog.pg_namespace where nspname = 'dlqtop'),
      (select oid from pg_catalog.pg_roles where rolname = current_user))
  and not coalesce(r.rolsuper, false)
group by r.rolname
order by r.rolname
