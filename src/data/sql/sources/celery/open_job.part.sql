-- Whether failed job `f` is open: neither resolved nor abandoned, in whatever case, so that a status that nobody
-- knows counts as open. The ranges say the same for an index on the status.
(
    (f.status is null
     or f.status::text < 'abandoned'
     or (f.status::text > 'abandoned' and f.status::text < 'resolved')
     or f.status::text > 'resolved')
    and (coalesce(f.status::text in ('pending', 'in_progress'), true)
         or translate(lower(btrim(f.status::text)), ' -', '__') not in ('resolved', 'abandoned'))
)
