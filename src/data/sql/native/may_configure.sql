-- Whether the current role may change settings.
select coalesce(
    has_function_privilege(to_regprocedure('public.configure(jsonb, text, text)'), 'execute'), false)
