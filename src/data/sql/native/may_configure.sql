-- Whether this role may put settings in force.
select coalesce(
    has_function_privilege(to_regprocedure('public.configure(jsonb, text, text)'), 'execute'), false)
