-- Adds back-dated claims.
-- $1 jsonb: [{entry, owner, age, expires_age}], ages in seconds
insert into dlqtop.claims (entry, owner, database_user, claimed_at, expires_at)
select
    r.entry,
    r.owner,
    session_user,
    now() - r.age * interval '1 second',
    now() - r.expires_age * interval '1 second'
from jsonb_to_recordset($1::jsonb)
    as r (entry uuid, owner text, age float8, expires_age float8)
