-- Whether failed job `f` is claimed: somebody is at it. The ranges leave other known statuses out for an index.
(
    f.status::text = 'in_progress'
    or ((f.status::text < 'abandoned'
         or (f.status::text > 'abandoned' and f.status::text < 'in_progress')
         or (f.status::text > 'in_progress' and f.status::text < 'pending')
         or (f.status::text > 'pending' and f.status::text < 'resolved')
         or f.status::text > 'resolved')
        and translate(lower(btrim(f.status::text)), ' -', '__') = 'in_progress')
)
