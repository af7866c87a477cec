-- The grant that the current role lacks on the object that an error message of the server names. The message
-- may be in any language: the object with the longest name in it counts, and the first in the search path if
-- there are several.
-- $1 message   $2 privileges wanted on a relation
with lacking as (
    select n.nspname::text as name, n.oid as schema, format('grant usage on schema %I to %I', n.nspname, current_user) as wanted
    from pg_catalog.pg_namespace n
    where not has_schema_privilege(n.oid, 'usage')
    union all
    select c.relname, c.relnamespace, format('grant %s on %I.%I to %I', p.missing, n.nspname, c.relname, current_user)
    from pg_catalog.pg_class c
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    cross join lateral (
        select string_agg(privilege, ', ' order by place) as missing
        from unnest($2::text[]) with ordinality as wanted (privilege, place)
        where not has_table_privilege(c.oid, privilege)
    ) p
    where c.relkind in ('r', 'p', 'v', 'm', 'f') and p.missing is not null
    union all
    select c.relname, c.relnamespace, format('grant usage on sequence %I.%I to %I', n.nspname, c.relname, current_user)
    from pg_catalog.pg_class c
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    where case when c.relkind = 'S' then not has_sequence_privilege(c.oid, 'usage') end
    union all
    select f.proname, f.pronamespace, format('grant execute on function %s to %I', f.oid::regprocedure, current_user)
    from pg_catalog.pg_proc f
    where not has_function_privilege(f.oid, 'execute')
)
select l.wanted
from lacking l
join pg_catalog.pg_namespace n on n.oid = l.schema
where position(l.name in $1::text) > 0
  and n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast')
order by length(l.name) desc, array_position(current_schemas(false), n.nspname), l.wanted
limit 1
