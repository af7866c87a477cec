-- How far the stored fingerprints are: the rules that made them, how many entries have one, how many changes
-- nobody has looked at (up to 1,001), and whether some were made by earlier rules.
select algorithm, rules, entries, changes, outdated from public.v_error_store
