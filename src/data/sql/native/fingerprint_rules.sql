-- The rules of the fingerprint that all share, as a list; none where the schema keeps none.
select coalesce(to_jsonb(s) -> 'fingerprint_rules', '[]') from public.v_settings s
