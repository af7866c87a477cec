-- Who owns the schema, and who else may create objects where it lives. Trusted are its owner, the owners of
-- schema public and of the database, and superusers.
with own as (
    select nspowner from pg_catalog.pg_namespace where nspname = 'dlqtop'
),
owners as (
    select p.proowner as oid, count(*) as functions
    from pg_catalog.pg_proc p
    join pg_catalog.pg_namespace n on n.oid = p.pronamespace
    where n.nspname = 'dlqtop'
       or (n.nspname = 'public' and p.proowner = (select nspowner from own) and p.prosecdef)
    group by p.proowner
),
creators as (
    select n.nspname as schema, r.rolname as role
    from pg_catalog.pg_namespace n
    cross join lateral aclexplode(coalesce(n.nspacl, acldefault('n', n.nspowner))) as granted
    left join pg_catalog.pg_roles r on r.oid = granted.grantee
    where n.nspname in ('public', 'dlqtop') and granted.privilege_type = 'CREATE'
      and granted.grantee not in (
          n.nspowner, (select nspowner from own),
          (select datdba from pg_catalog.pg_database where datname = current_database()))
      and not coalesce(r.rolsuper, false)
    group by 1, 2
)
select
    'warning' as level,
    format('%s, a superuser, owns %s of the functions: they run with a superuser''s rights', r.rolname, o.functions)
        as what,
    'give the schema to an ordinary role: docs/upgrade.md has the statements' as first,
    '{}'::text[] as details
from owners o
join pg_catalog.pg_roles r on r.oid = o.oid
where r.rolsuper
union all
select
    case when role is null or schema = 'dlqtop' then 'wrong' else 'warning' end,
    format('%s may create objects in schema %s', coalesce(role::text, 'everybody'), schema),
    format('as an administrator, unless another application needs it: revoke create on schema %s from %s',
           schema, coalesce(quote_ident(role), 'public')),
    '{}'
from creators
union all
select
    'fine',
    format('%s owns the schema, and nobody else may create where it lives', pg_get_userbyid(nspowner)),
    null,
    '{}'
from own
where not exists (select from creators)
  and not exists (select from owners o join pg_catalog.pg_roles r on r.oid = o.oid where r.rolsuper)
