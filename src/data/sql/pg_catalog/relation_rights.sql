-- What the current role may do with these relations, the grant it lacks to read each, whether row-level
-- security filters their rows, and whether it leaves none at all. Reads system catalogs only.
-- $1 relations, quoted and with their schemas
select
    format('%I.%I', n.nspname, c.relname) as relation,
    array(
        select privilege
        from unnest(array['select', 'insert', 'update', 'delete']) with ordinality as all_of (privilege, place)
        where has_schema_privilege(n.oid, 'usage')
          and (has_table_privilege(c.oid, privilege)
               or (privilege <> 'delete' and has_any_column_privilege(c.oid, privilege)))
        order by place
    ) as may,
    case
        when not has_schema_privilege(n.oid, 'usage') then
            format('grant usage on schema %I to %I', n.nspname, current_user)
        when not has_any_column_privilege(c.oid, 'select') then
            format('grant select on %I.%I to %I', n.nspname, c.relname, current_user)
    end as lacking,
    row_security_active(c.oid) as is_filtered,
    -- without a policy that permits, nothing is seen
    row_security_active(c.oid) and not exists (
        select from pg_catalog.pg_policy p
        where p.polrelid = c.oid and p.polpermissive and p.polcmd in ('r', '*')
          and exists (
              select from unnest(p.polroles) as role
              where role = 0 or pg_has_role(role, 'usage'))) as sees_nothing
from pg_catalog.pg_class c
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
where format('%I.%I', n.nspname, c.relname) = any($1::text[])
order by 1
