-- The schema, and the list of migrations in it: both or neither. The list is not in public, where another
-- program that uses the same library keeps its own under one name. Its columns are the library's.
do $$
begin
    create schema dlqtop;
    create table dlqtop.migrations (
        version        bigint primary key,
        description    text not null,
        installed_on   timestamptz not null default now(),
        success        boolean not null,
        checksum       bytea not null,
        execution_time bigint not null
    );
end
$$
