-- Whether the current role may change settings. Looked up in the catalog, because a role that may not use the
-- schema dlqtop is refused already when it names the function.
select exists (
    select from pg_proc p
    join pg_namespace n on n.oid = p.pronamespace
    where n.nspname = 'dlqtop' and p.proname = 'configure'
      and has_schema_privilege(n.oid, 'usage') and has_function_privilege(p.oid, 'execute'))
