-- Whether the current role may read the settings in force. Asked first: a refusal would end the transaction.
select exists (
    select from pg_class c
    join pg_namespace n on n.oid = c.relnamespace
    where n.nspname = 'public' and c.relname = 'v_settings' and has_table_privilege(c.oid, 'select'))
