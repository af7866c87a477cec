-- Whether failed job `f` has a time of failure that can be: not null, not ahead, not before there was Celery.
coalesce(f.failed_at between '2000-01-01 00:00+00' and now() + interval '1 minute', false)
