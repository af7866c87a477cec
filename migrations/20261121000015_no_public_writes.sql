-- Functions that write are not for everybody: only for the schema's owner and for whom it grants.
do $$
declare
    f regprocedure;
begin
    for f in
        select p.oid::regprocedure
        from pg_proc p
        join pg_namespace n on n.oid = p.pronamespace
        where n.nspname in ('public', 'dlqtop')
          and p.provolatile = 'v'
          -- ids are made, not written
          and p.proname <> 'tasker_uuid_v7'
          and not exists (select from pg_depend d where d.objid = p.oid and d.deptype = 'e')
    loop
        execute format('revoke execute on function %s from public', f);
    end loop;
end
$$;
