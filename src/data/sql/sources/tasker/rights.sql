-- What the current role may do. Looked up in the catalog, because a role that may not use the schema dlqtop is
-- refused already when it names a function.
select
    coalesce(bool_or(p.proname = 'act_on_step'), false) as may_act,
    coalesce(bool_or(p.proname = 'detect_and_transition_stale_tasks'), false) as may_sweep
from pg_proc p
join pg_namespace n on n.oid = p.pronamespace
where n.nspname = 'dlqtop' and p.proname in ('act_on_step', 'detect_and_transition_stale_tasks')
  and has_schema_privilege(n.oid, 'usage') and has_function_privilege(p.oid, 'execute')
