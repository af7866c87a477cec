-- Everything in the database that is not ours, each with its definition, its owner, its rights and the
-- transaction that wrote it last. Ours is what the owner of our schema owns, schema dlqtop, and the three roles.
-- $1 the owner of our schema
with ours as (
    select oid from pg_roles where rolname in ($1, 'dlqtop_viewer', 'dlqtop_operator', 'dlqtop_detector')
),
spaces as (
    select oid, nspname from pg_namespace where nspname not in ('dlqtop', 'pg_toast') and nspname !~ '^pg_(toast_)?temp'
)
select 'schema ' || quote_ident(n.nspname) as name,
       concat_ws(' | ', n.nspowner::regrole, n.nspacl, n.xmin) as definition
from pg_namespace n join spaces s on s.oid = n.oid
union all
select 'relation ' || c.oid::regclass,
       concat_ws(' | ', c.relkind, c.relowner::regrole, c.relacl, c.reloptions, c.relrowsecurity, c.relhastriggers, c.xmin,
                 case when c.relkind in ('v', 'm') then pg_get_viewdef(c.oid) end,
                 case when c.relkind = 'i' then pg_get_indexdef(c.oid) end,
                 (select string_agg(concat_ws(' ', a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attacl, a.xmin), ', ' order by a.attnum)
                  from pg_attribute a where a.attrelid = c.oid and a.attnum > 0))
from pg_class c join spaces s on s.oid = c.relnamespace
where c.relowner not in (select oid from ours)
union all
select 'function ' || p.oid::regprocedure,
       concat_ws(' | ', p.prokind, p.proowner::regrole, p.proacl, p.prosecdef, p.proconfig, p.provolatile, p.prosrc, p.xmin)
from pg_proc p join spaces s on s.oid = p.pronamespace
where p.proowner not in (select oid from ours)
union all
select 'type ' || t.oid::regtype, concat_ws(' | ', t.typtype, t.typowner::regrole, t.typacl, t.xmin)
from pg_type t join spaces s on s.oid = t.typnamespace
where t.typowner not in (select oid from ours)
union all
select 'operator ' || o.oid::regoperator, concat_ws(' | ', o.oprowner::regrole, o.oprcode, o.xmin)
from pg_operator o join spaces s on s.oid = o.oprnamespace
where o.oprowner not in (select oid from ours)
union all
select 'trigger ' || t.tgname || ' on ' || c.oid::regclass, concat_ws(' | ', pg_get_triggerdef(t.oid), t.tgenabled, t.xmin)
from pg_trigger t join pg_class c on c.oid = t.tgrelid join spaces s on s.oid = c.relnamespace
where c.relowner not in (select oid from ours) and not t.tgisinternal
union all
select 'constraint ' || k.conname || ' on ' || c.oid::regclass, concat_ws(' | ', pg_get_constraintdef(k.oid), k.xmin)
from pg_constraint k join pg_class c on c.oid = k.conrelid join spaces s on s.oid = c.relnamespace
where c.relowner not in (select oid from ours)
union all
select 'policy ' || p.polname || ' on ' || p.polrelid::regclass,
       concat_ws(' | ', p.polcmd, p.polroles::regrole[], pg_get_expr(p.polqual, p.polrelid), p.xmin)
from pg_policy p
union all
select 'default rights of ' || d.defaclrole::regrole, concat_ws(' | ', d.defaclnamespace::regnamespace, d.defaclobjtype, d.defaclacl)
from pg_default_acl d
union all
select 'database', concat_ws(' | ', d.datdba::regrole, d.datacl, d.xmin)
from pg_database d where d.datname = current_database()
union all
select 'role ' || r.rolname,
       concat_ws(' | ', r.rolsuper, r.rolcreaterole, r.rolcreatedb, r.rolcanlogin, r.rolinherit, r.rolbypassrls, r.rolconnlimit)
from pg_roles r where r.oid not in (select oid from ours) and r.rolname ~ '^(shop_(owner|app|reader)|pg_)'
union all
select 'member ' || m.member::regrole || ' of ' || m.roleid::regrole, m.admin_option::text
from pg_auth_members m
where m.roleid not in (select oid from ours) and m.member not in (select oid from ours)
  and m.roleid::regrole::text ~ '^(shop_(owner|app|reader)|pg_)'
union all
select 'settings of ' || coalesce(s.setrole::regrole::text, ''), array_to_string(s.setconfig, ', ')
from pg_db_role_setting s
where s.setdatabase = (select oid from pg_database where datname = current_database()) and s.setrole not in (select oid from ours)
order by 1
