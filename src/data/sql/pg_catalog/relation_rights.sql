-- What the current role may do with these relations, the grant it lacks to read each, and whether row-level
-- security filters their rows. Reads system catalogs only.
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
    row_security_active(c.oid) as is_filtered
from pg_catalog.pg_class c
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
where format('%I.%I', n.nspname, c.relname) = any($1::text[])
order by 1
