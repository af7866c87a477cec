-- The role of an operator of another system: it may read and change rows, and owns nothing.
do $$
declare
    home text;
begin
    if not exists (select from pg_roles where rolname = 'operator') then
        create role operator login;
    end if;
    for home in
        select nspname from pg_namespace
        where nspname !~ '^pg_' and nspname not in ('information_schema', 'demo')
    loop
        execute format('grant usage on schema %I to operator', home);
        execute format('grant select, insert, update on all tables in schema %I to operator', home);
        execute format('grant usage on all sequences in schema %I to operator', home);
    end loop;
end
$$
