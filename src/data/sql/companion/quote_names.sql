-- The quoted names of a source and of roles. A role that does not exist is null.
-- $1 source   $2 roles
select
    quote_literal($1::text) as source,
    array(
        select case when r.oid is not null then quote_ident(r.rolname) end
        from unnest($2::text[]) with ordinality as asked (name, place)
        left join pg_catalog.pg_roles r on r.rolname = asked.name
        order by asked.place
    ) as roles
