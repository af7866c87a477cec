-- All workers of a namespace say that they are alive.
-- $1 text: namespace, $2 text[]: workers
select worker_heartbeat(w.name, $1::text)
from unnest($2::text[]) as w (name)
