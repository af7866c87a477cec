-- `spelt.label`: the status `v.wanted` as the table spells it: the label of its enum, or in capitals where the
-- present status (`v.status`) is in capitals.
cross join lateral (
    select coalesce(
        (select e.enumlabel::text
         from pg_attribute a
         join pg_enum e on e.enumtypid = a.atttypid
         where a.attrelid = '{table:failed_jobs}'::regclass and a.attname = 'status'
           and translate(lower(e.enumlabel), ' -', '__') = v.wanted
         order by e.enumsortorder
         limit 1),
        case when v.status = upper(v.status) and v.status <> lower(v.status) then upper(v.wanted)
            else v.wanted end) as label
    offset 0
) spelt
