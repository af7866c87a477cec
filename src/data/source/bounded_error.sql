-- What `{error:EXPRESSION}` stands for: the whole error, without blank space around it, null if nothing else is in
-- it. Of one with more than 4,110 characters the first and the last 2,048: a traceback ends in what was raised. The
-- length in bytes is known without reading a large value. What was bounded is short enough to stay as it is when it
-- is bounded again, and what follows the gap is indented, so that no part of a line begins one.
(select case
    when octet_length(e.said) <= 4110 or (octet_length(e.said) <= 16440 and length(e.said) <= 4110)
        then nullif(btrim(e.said, E' \t\r\n'), '')
    else ltrim(left(e.said, 2048), E' \t\r\n') || E'\n  …\n  ' || rtrim(right(e.said, 2048), E' \t\r\n')
end
from (select ({expression})::text as said offset 0) e)
