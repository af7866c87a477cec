-- The ordinary role that owns the demo's schema, in force for the rest of the session. On PostgreSQL 14
-- everybody may create in schema public.
do $$
begin
    create role tasker_owner nologin createrole;
    alter database demo owner to tasker_owner;
    revoke create on schema public from public;
    grant create, usage on schema public to tasker_owner;
    perform set_config('role', 'tasker_owner', false);
end
$$
