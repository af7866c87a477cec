-- The status of failed job `f`: a known one in small letters, whatever its case; any other as it stands.
case
    when f.status::text in ('pending', 'in_progress', 'resolved', 'abandoned') then f.status::text
    else coalesce(
        substring(translate(lower(btrim(f.status::text)), ' -', '__')
                  from '^(?:pending|in_progress|resolved|abandoned)$'),
        nullif(left(btrim(f.status::text), 100), ''),
        'pending')
end
