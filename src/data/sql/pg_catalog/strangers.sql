-- What would be read or run by these relations and functions, and is not to be: what belongs to somebody who is
-- not trusted, and what is no table where one is expected. Trusted are the owner of the database, superusers,
-- oneself, and whom the profile names. An object leads to its schema, whose owner can put another in its place;
-- a relation to its partitions, the types of its columns, and to what its rules, policies, triggers, defaults,
-- constraints and indexes call. Objects of the server itself are left out. Reads system catalogs only.
-- $1, $2 relations: their schemas and their names   $3 whether views will do, too
-- $4, $5 functions: their schemas and their names   $6 whether somebody else's function of the same name is no
-- matter, because the calls have exactly the types of ours   $7 schemas of which every object counts
-- $8 the owners that the profile names
with recursive trusted as materialized (
    select r.oid
    from pg_catalog.pg_roles r
    where r.rolsuper
       or r.rolname in (current_user, session_user, 'pg_database_owner')
       or r.rolname::text = any($8::text[])
       or r.oid = (select d.datdba from pg_catalog.pg_database d where d.datname = current_database())
),
objects as (
    select 'pg_catalog.pg_class'::regclass::oid as class, c.oid, c.relnamespace as schema
    from pg_catalog.pg_class c
    where c.relkind in ('r', 'p', 'v', 'm', 'f', 'S')
    union all
    select 'pg_catalog.pg_proc'::regclass::oid, p.oid, p.pronamespace from pg_catalog.pg_proc p
    union all
    select 'pg_catalog.pg_type'::regclass::oid, t.oid, t.typnamespace from pg_catalog.pg_type t
    union all
    select 'pg_catalog.pg_operator'::regclass::oid, o.oid, o.oprnamespace from pg_catalog.pg_operator o
),
roots as (
    select format('%I.%I', n.nspname, c.relname) as root, 'pg_catalog.pg_class'::regclass::oid as class, c.oid
    from unnest($1::text[], $2::text[]) as asked (schema, name)
    join pg_catalog.pg_namespace n on n.nspname = asked.schema
    join pg_catalog.pg_class c on c.relnamespace = n.oid and c.relname = asked.name
    union
    select format('%I.%I', n.nspname, p.proname), 'pg_catalog.pg_proc'::regclass::oid, p.oid
    from unnest($4::text[], $5::text[]) as asked (schema, name)
    join pg_catalog.pg_namespace n on n.nspname = asked.schema
    join pg_catalog.pg_proc p on p.pronamespace = n.oid and p.proname = asked.name
    where not $6::boolean
       or not exists (
           select
           from pg_catalog.pg_proc own
           join trusted t on t.oid = own.proowner
           where own.pronamespace = p.pronamespace and own.proname = p.proname)
    union
    select n.nspname, 'pg_catalog.pg_namespace'::regclass::oid, n.oid
    from pg_catalog.pg_namespace n
    where n.nspname = any($7::text[])
    union
    select n.nspname, o.class, o.oid
    from pg_catalog.pg_namespace n
    join objects o on o.schema = n.oid
    where n.nspname = any($7::text[])
),
reached (root, class, oid) as (
    select root::text, class, oid from roots
    union
    select r.root, next.class, next.oid
    from reached r
    cross join lateral (
        select 'pg_catalog.pg_namespace'::regclass::oid as class, c.relnamespace as oid
        from pg_catalog.pg_class c
        where r.class = 'pg_catalog.pg_class'::regclass::oid and c.oid = r.oid
        union all
        select r.class, i.inhrelid
        from pg_catalog.pg_inherits i
        where r.class = 'pg_catalog.pg_class'::regclass::oid and i.inhparent = r.oid
        union all
        select 'pg_catalog.pg_type'::regclass::oid, a.atttypid
        from pg_catalog.pg_attribute a
        where r.class = 'pg_catalog.pg_class'::regclass::oid and a.attrelid = r.oid and a.attnum > 0 and not a.attisdropped
        union all
        select d.refclassid, d.refobjid
        from (
            select 'pg_catalog.pg_rewrite'::regclass::oid as class, w.oid
            from pg_catalog.pg_rewrite w
            where r.class = 'pg_catalog.pg_class'::regclass::oid and w.ev_class = r.oid
            union all
            select 'pg_catalog.pg_policy'::regclass::oid, p.oid
            from pg_catalog.pg_policy p
            where r.class = 'pg_catalog.pg_class'::regclass::oid and p.polrelid = r.oid
            union all
            select 'pg_catalog.pg_trigger'::regclass::oid, t.oid
            from pg_catalog.pg_trigger t
            where r.class = 'pg_catalog.pg_class'::regclass::oid and t.tgrelid = r.oid and not t.tgisinternal
            union all
            select 'pg_catalog.pg_attrdef'::regclass::oid, a.oid
            from pg_catalog.pg_attrdef a
            where r.class = 'pg_catalog.pg_class'::regclass::oid and a.adrelid = r.oid
            union all
            select 'pg_catalog.pg_constraint'::regclass::oid, c.oid
            from pg_catalog.pg_constraint c
            where c.contype in ('c', 'x')
              and ((r.class = 'pg_catalog.pg_class'::regclass::oid and c.conrelid = r.oid)
                   or (r.class = 'pg_catalog.pg_type'::regclass::oid and c.contypid = r.oid))
            union all
            select 'pg_catalog.pg_class'::regclass::oid, i.indexrelid
            from pg_catalog.pg_index i
            where r.class = 'pg_catalog.pg_class'::regclass::oid and i.indrelid = r.oid
            union all
            select r.class, r.oid
            where r.class = 'pg_catalog.pg_proc'::regclass::oid
        ) part
        join pg_catalog.pg_depend d on d.classid = part.class and d.objid = part.oid
        where d.refclassid in ('pg_catalog.pg_class'::regclass::oid, 'pg_catalog.pg_proc'::regclass::oid,
                               'pg_catalog.pg_type'::regclass::oid, 'pg_catalog.pg_operator'::regclass::oid)
        union all
        select 'pg_catalog.pg_namespace'::regclass::oid, p.pronamespace
        from pg_catalog.pg_proc p
        where r.class = 'pg_catalog.pg_proc'::regclass::oid and p.oid = r.oid
        union all
        select n.class, n.oid
        from pg_catalog.pg_type t
        cross join lateral (
            values ('pg_catalog.pg_namespace'::regclass::oid, t.typnamespace), ('pg_catalog.pg_type'::regclass::oid, t.typelem),
                   ('pg_catalog.pg_type'::regclass::oid, t.typbasetype)
        ) n (class, oid)
        where r.class = 'pg_catalog.pg_type'::regclass::oid and t.oid = r.oid
        union all
        select n.class, n.oid
        from pg_catalog.pg_operator o
        cross join lateral (
            values ('pg_catalog.pg_namespace'::regclass::oid, o.oprnamespace), ('pg_catalog.pg_proc'::regclass::oid, o.oprcode::oid)
        ) n (class, oid)
        where r.class = 'pg_catalog.pg_operator'::regclass::oid and o.oid = r.oid
    ) next
    -- lower numbers are the server's own
    where next.oid >= '16384'::oid or next.class = 'pg_catalog.pg_namespace'::regclass::oid
),
owned as (
    select r.*, c.relowner as owner, format('%I.%I', n.nspname, c.relname) as name, c.relkind::text as relkind,
           case c.relkind
               when 'v' then 'view' when 'm' then 'materialized view' when 'f' then 'foreign table'
               when 'S' then 'sequence' when 'i' then 'index' when 'I' then 'index' else 'table'
           end as kind
    from reached r
    join pg_catalog.pg_class c on r.class = 'pg_catalog.pg_class'::regclass::oid and c.oid = r.oid
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    union all
    select r.*, p.proowner, p.oid::regprocedure::text, null, 'function'
    from reached r
    join pg_catalog.pg_proc p on r.class = 'pg_catalog.pg_proc'::regclass::oid and p.oid = r.oid
    union all
    select r.*, t.typowner, format_type(t.oid, null), null, 'type'
    from reached r
    join pg_catalog.pg_type t on r.class = 'pg_catalog.pg_type'::regclass::oid and t.oid = r.oid
    union all
    select r.*, o.oprowner, o.oid::regoperator::text, null, 'operator'
    from reached r
    join pg_catalog.pg_operator o on r.class = 'pg_catalog.pg_operator'::regclass::oid and o.oid = r.oid
    union all
    select r.*, n.nspowner, quote_ident(n.nspname), null, 'schema'
    from reached r
    join pg_catalog.pg_namespace n on r.class = 'pg_catalog.pg_namespace'::regclass::oid and n.oid = r.oid
)
select
    o.root,
    o.kind,
    o.name as object,
    pg_get_userbyid(o.owner)::text as owner,
    no.table as is_no_table
from owned o
left join trusted t on t.oid = o.owner
cross join lateral (
    select coalesce(o.relkind = 'f' or (o.relkind in ('v', 'm') and o.name = o.root and not $3::boolean), false)
) no ("table")
where t.oid is null or no.table
-- what must be a table and is none comes first: no trust changes that
order by o.root, o.name <> o.root, o.kind in ('schema', 'index', 'sequence', 'type'), o.kind, o.name
