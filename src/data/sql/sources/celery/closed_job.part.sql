-- Whether failed job `f` is closed: resolved or abandoned, in whatever case.
coalesce(
    f.status::text in ('resolved', 'abandoned')
    or (f.status::text not in ('pending', 'in_progress')
        and translate(lower(btrim(f.status::text)), ' -', '__') in ('resolved', 'abandoned')),
    false)
