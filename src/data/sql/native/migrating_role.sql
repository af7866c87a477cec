-- Who would migrate this database, and what that role lacks or should not have. Reads system catalogs only.
with own as (
    select oid, nspowner from pg_catalog.pg_namespace where nspname = 'dlqtop'
),
shared as (
    select oid from pg_catalog.pg_namespace where nspname = 'public'
)
select
    current_user::text as role,
    current_database()::text as database,
    r.rolsuper as is_superuser,
    r.rolsuper or r.rolcreaterole as may_create_roles,
    (select pg_get_userbyid(nspowner)::text from own) as owner,
    coalesce((select pg_has_role(nspowner, 'usage') from own), true) as acts_as_owner,
    -- what has to be granted first
    array_remove(array[
        case when not exists (select from own) and not has_database_privilege(current_database(), 'create')
            then format('grant create on database %I to %I', current_database(), current_user) end,
        case when not exists (select from shared)
            then format('create schema public authorization %I', current_user) end,
        case when not (select has_schema_privilege(oid, 'create') and has_schema_privilege(oid, 'usage') from shared)
            then format('grant create, usage on schema public to %I', current_user) end
    ], null) as lacking,
    array(
        select rolname::text from pg_catalog.pg_roles
        where rolname in ('dlqtop_viewer', 'dlqtop_operator', 'dlqtop_detector')
    ) as roles_there
from pg_catalog.pg_roles r
where r.rolname = current_user
