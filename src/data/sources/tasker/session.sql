-- What kind of session this is: where, how old the server, and whether it could write.
select
    current_database()::text as database,
    current_setting('server_version') as server_version,
    pg_is_in_recovery() as in_recovery,
    current_setting('default_transaction_read_only') = 'on' as read_only_by_default,
    coalesce(has_function_privilege(
        to_regprocedure('public.act_on_step(text, uuid, text, text, text, jsonb, uuid)'), 'execute'),
        false) as may_act,
    coalesce(has_function_privilege(
        to_regprocedure('public.detect_and_transition_stale_tasks(boolean, integer, text, uuid[], boolean, timestamptz, uuid)'),
        'execute'), false) as may_sweep
