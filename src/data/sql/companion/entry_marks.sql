-- The owner, the end of the snooze and the number of notes of these entries.
-- $1 source   $2 entries
select
    asked.entry,
    c.owner,
    c.expires_at as owned_until,
    z.until as snoozed_until,
    (select count(*) from dlqtop.notes n where n.source = $1::text and n.entry = asked.entry) as notes
from unnest($2::uuid[]) as asked (entry)
left join dlqtop.claims c
    on c.source = $1::text and c.entry = asked.entry and c.expires_at > now()
left join dlqtop.snoozes z
    on z.source = $1::text and z.entry = asked.entry and z.until > now()
