-- Adds back-dated notes.
-- $1 jsonb: [{entry, author, body, age}], ages in seconds
insert into dlqtop.notes (entry, author, body, at)
select r.entry, r.author, r.body, now() - r.age * interval '1 second'
from jsonb_to_recordset($1::jsonb) as r (entry uuid, author text, body text, age float8)
