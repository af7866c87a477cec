-- A heartbeat of all workers of a namespace.
-- $1 text: namespace, $2 text[]: workers
select dlqtop.worker_heartbeat(w.name, $1::text)
from unnest($2::text[]) as w (name)
