-- What the current role may do.
select
    coalesce(has_function_privilege(
        to_regprocedure('public.act_on_step(text, uuid, text, text, text, jsonb, uuid)'), 'execute'),
        false) as may_act,
    coalesce(has_function_privilege(
        to_regprocedure('public.detect_and_transition_stale_tasks(boolean, integer, text, uuid[], boolean, timestamptz, uuid)'),
        'execute'), false) as may_sweep
