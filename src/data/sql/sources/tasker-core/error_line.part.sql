-- The line of `failure.error` that says what went wrong: the first, or the last of a Python traceback.
left(case when ltrim(failure.error, E' \t\r\n') like 'Traceback (most recent call%'
    then coalesce((regexp_match(failure.error, '.*\n([^[:space:]][^\n]*)'))[1],
                  split_part(ltrim(failure.error, E' \t\r\n'), E'\n', 1))
    else split_part(ltrim(failure.error, E' \t\r\n'), E'\n', 1)
end, 500)
