-- What `{error:EXPRESSION}` stands for: the whole error, without blank space around it, null if nothing else is in
-- it. Of one with more than 4,096 characters the beginning and the end: a traceback ends in what was raised. The
-- length in bytes is known without reading a large value; the rest of the middle is indented, so that no part of a
-- line begins one.
(select case
    when octet_length(e.said) <= 4096 or (octet_length(e.said) <= 16384 and length(e.said) <= 4096)
        then nullif(btrim(e.said, E' \t\r\n'), '')
    else left(e.said, 1500) || E'\n  …\n  ' || right(e.said, 2500)
end
from (select ({expression})::text as said offset 0) e)
